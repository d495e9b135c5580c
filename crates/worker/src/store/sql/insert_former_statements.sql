-- insert_former_statements
-- ?1 tenant, ?2 user, ?3 when it was put aside
INSERT INTO vault_statement (tenant, user, sequence, statement, created_at)
SELECT f.tenant, f.user, CAST(f.key AS INTEGER), json_extract(f.kept, '$[0]'), json_extract(f.kept, '$[1]')
FROM former_vault_part f
WHERE f.tenant = ?1 AND f.user = ?2 AND f.ended_at = ?3 AND f.part = 'statement'
