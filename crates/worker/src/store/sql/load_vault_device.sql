-- load_vault_device
-- ?1 token, ?2 device
SELECT d.signing, d.wrap, d.share, d.locked_at, d.blocked_at, s.authenticated_at, coalesce(p.unlocked_at, 0) AS unlocked_at
FROM session s
JOIN device d ON d.tenant = s.tenant AND d.user = s.user AND d.id = ?2
LEFT JOIN session_device p ON p.tenant = s.tenant AND p.token = s.token AND p.device = d.id
WHERE s.token = ?1
