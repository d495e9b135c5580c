-- guard_vault_sequence
-- ?1 tenant, ?2 user, ?3 the number of the last statement
INSERT INTO guard (broken)
SELECT 'vault-sequence'
WHERE (SELECT max(v.sequence) FROM vault_statement v WHERE v.tenant = ?1 AND v.user = ?2) IS NOT ?3
