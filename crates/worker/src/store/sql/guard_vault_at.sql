-- guard_vault_at
-- ?1 tenant, ?2 user, ?3 counter
INSERT INTO guard (broken)
SELECT 'vault-at'
WHERE NOT EXISTS (SELECT 1 FROM vault_sealed v WHERE v.tenant = ?1 AND v.user = ?2 AND v.item = 'root' AND v.revision = ?3)
