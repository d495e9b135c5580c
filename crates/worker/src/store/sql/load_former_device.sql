-- load_former_device
-- ?1 token, ?2 device: the vault that it opened before a fresh one took its place
SELECT f.ended_at, f.clears_at
FROM session s
JOIN former_vault_part f ON f.tenant = s.tenant AND f.user = s.user AND f.key = ?2 AND f.part = 'device'
WHERE s.token = ?1
LIMIT 1
