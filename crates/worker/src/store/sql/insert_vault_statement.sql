-- ?1 tenant, ?2 user, ?3 sequence, ?4 statement, ?5 at
INSERT INTO vault_statement (tenant, user, sequence, statement, created_at)
VALUES (?1, ?2, ?3, ?4, ?5)
