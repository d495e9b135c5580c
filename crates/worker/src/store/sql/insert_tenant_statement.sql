-- ?1 tenant, ?2 sequence, ?3 statement, ?4 by, ?5 at
INSERT INTO tenant_statement (tenant, sequence, statement, made_by, created_at)
VALUES (?1, ?2, ?3, ?4, ?5)
