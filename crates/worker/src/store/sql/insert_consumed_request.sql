INSERT INTO consumed_request (tenant, request, session, consumed_at)
VALUES (?1, ?2, ?3, ?4)
