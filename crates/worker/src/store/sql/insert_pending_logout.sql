INSERT INTO pending_logout (tenant, request, connection, browser, created_at, expires_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6)
