INSERT INTO identity (tenant, connection, subject, user, pinned, created_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6)
