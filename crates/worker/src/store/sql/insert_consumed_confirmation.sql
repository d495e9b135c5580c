INSERT INTO consumed_confirmation (tenant, token, session, consumed_at)
VALUES (?1, ?2, ?3, ?4)
