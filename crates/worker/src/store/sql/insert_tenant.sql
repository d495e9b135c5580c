INSERT INTO tenant (id, name, status, seats, created_at) VALUES (?1, ?2, 'active', ?3, ?4)
