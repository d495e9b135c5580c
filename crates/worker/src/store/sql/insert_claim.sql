INSERT INTO claim (tenant, token, user, connection, created_at, expires_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6)
