-- load_session_device
-- ?1 token
SELECT p.device
FROM session s
JOIN session_device p ON p.tenant = s.tenant AND p.token = s.token
JOIN device d ON d.tenant = p.tenant AND d.user = p.user AND d.id = p.device
WHERE s.token = ?1 AND d.blocked_at IS NULL
