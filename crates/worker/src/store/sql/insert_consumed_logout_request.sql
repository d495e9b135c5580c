INSERT INTO consumed_logout_request (tenant, connection, request, consumed_at, expires_at)
VALUES (?1, ?2, ?3, ?4, ?5)
