INSERT INTO consumed_assertion (tenant, issuer, assertion, consumed_at, expires_at)
VALUES (?1, ?2, ?3, ?4, ?5)
