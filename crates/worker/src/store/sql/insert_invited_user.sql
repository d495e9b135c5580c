INSERT INTO user (tenant, id, node, status, email, name, created_at)
VALUES (?1, ?2, ?3, 'invited', ?4, ?5, ?6)
