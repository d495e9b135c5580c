-- ?1 tenant, ?2 token
INSERT INTO guard (broken)
SELECT 'confirmation-ended'
FROM confirmation f
JOIN tenant t ON t.id = f.tenant
JOIN connection c ON c.tenant = f.tenant AND c.id = f.connection
JOIN user u ON u.tenant = f.tenant AND u.id = f.user
WHERE f.tenant = ?1 AND f.token = ?2
  AND f.created_at <= max(t.sessions_ended_at, c.sessions_ended_at, u.sessions_ended_at)
