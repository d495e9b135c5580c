-- ?1 token, ?2 now: its person's sessions that nobody has ended; what policies have is theirs to say
SELECT o.token, o.browser, o.created_at, o.last_seen_at, o.ip, o.user_agent
FROM session s
JOIN user u ON u.tenant = s.tenant AND u.id = s.user
JOIN tenant t ON t.id = s.tenant
JOIN session o ON o.tenant = s.tenant AND o.user = s.user
LEFT JOIN connection c ON c.tenant = o.tenant AND c.id = o.connection
WHERE s.token = ?1
  AND o.revoked_at IS NULL AND o.expires_at > ?2 AND (o.connection IS NULL OR c.status = 'active')
  AND o.created_at > max(t.sessions_ended_at, coalesce(c.sessions_ended_at, 0), u.sessions_ended_at)
LIMIT 500
