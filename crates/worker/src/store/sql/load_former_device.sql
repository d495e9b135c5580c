-- load_former_device
-- ?1 token, ?2 device: the vault that it opened before another took its place
SELECT f.ended_at, f.clears_at, v.ended_by = s.user AS is_own, json_extract(f.kept, '$[1]') AS signing, json_extract(f.kept, '$[7]') AS blocked_at
FROM session s
JOIN former_vault_part f ON f.tenant = s.tenant AND f.user = s.user AND f.key = ?2 AND f.part = 'device'
JOIN former_vault v ON v.tenant = f.tenant AND v.user = f.user AND v.ended_at = f.ended_at
WHERE s.token = ?1
ORDER BY f.ended_at DESC
LIMIT 1
