-- load_vault_device
-- ?1 token, ?2 device
SELECT d.signing, d.wrap, d.share, d.locked_at, d.blocked_at, s.authenticated_at
FROM session s
JOIN device d ON d.tenant = s.tenant AND d.user = s.user AND d.id = ?2
WHERE s.token = ?1
