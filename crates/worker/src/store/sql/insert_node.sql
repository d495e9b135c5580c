INSERT INTO node (tenant, id, parent, name, created_at) VALUES (?1, ?2, ?3, ?4, ?5)
