INSERT INTO domain (tenant, name, status, token, created_at, next_check_at)
VALUES (?1, ?2, 'pending', ?3, ?4, ?4)
