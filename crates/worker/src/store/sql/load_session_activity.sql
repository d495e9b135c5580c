-- ?1 token: what happened to its user, newest first
SELECT a.time, a.event, a.code, a.ip, a.user_agent
FROM session s
JOIN audit_event a ON a.tenant = s.tenant AND a.subject = s.user
WHERE s.token = ?1
ORDER BY a.time DESC
LIMIT 50
