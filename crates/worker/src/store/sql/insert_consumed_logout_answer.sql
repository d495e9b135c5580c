INSERT INTO consumed_logout_answer (tenant, request, consumed_at)
VALUES (?1, ?2, ?3)
