-- ?1 tenant, ?2 user, ?3 after, ?4 how many, ?5 now: the person's that are not over
SELECT s.token AS id, s.connection, s.created_at, s.last_seen_at, s.expires_at
FROM session s
JOIN user u ON u.tenant = s.tenant AND u.id = s.user
LEFT JOIN connection c ON c.tenant = s.tenant AND c.id = s.connection
JOIN tenant t ON t.id = s.tenant
WHERE s.tenant = ?1 AND s.user = ?2 AND s.token > ?3
  AND s.revoked_at IS NULL AND s.expires_at > ?5
  AND s.created_at > max(t.sessions_ended_at, coalesce(c.sessions_ended_at, 0), u.sessions_ended_at)
ORDER BY s.token
LIMIT ?4
