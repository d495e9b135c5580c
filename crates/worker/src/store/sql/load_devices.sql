-- load_devices
-- ?1 token
SELECT d.id, d.created_at, d.last_used_at, d.blocked_at
FROM session s
JOIN device d ON d.tenant = s.tenant AND d.user = s.user
WHERE s.token = ?1
LIMIT 200
