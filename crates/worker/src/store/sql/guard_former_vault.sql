-- guard_former_vault
-- ?1 tenant, ?2 user, ?3 when it was put aside
INSERT INTO guard (broken)
SELECT 'former-vault'
WHERE NOT EXISTS (SELECT 1 FROM former_vault v WHERE v.tenant = ?1 AND v.user = ?2 AND v.ended_at = ?3)
