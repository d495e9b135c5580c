-- ?1 tenant, ?2 sequence, ?3 statement, ?4 whether it begins the keys anew, ?5 by, ?6 at
INSERT INTO tenant_statement (tenant, sequence, statement, is_anew, made_by, created_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6)
