-- guard_vault_room
-- ?1 tenant, ?2 user, ?3 the most that may be there already
INSERT INTO guard (broken)
SELECT 'vault-room'
WHERE (SELECT count(*) FROM vault_sealed v WHERE v.tenant = ?1 AND v.user = ?2) > ?3
