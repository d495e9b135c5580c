INSERT INTO consumed_claim (tenant, token, consumed_at)
VALUES (?1, ?2, ?3)
