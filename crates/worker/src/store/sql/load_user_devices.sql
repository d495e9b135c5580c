-- ?1 tenant, ?2 user, ?3 after, ?4 how many
SELECT d.id, d.created_at, d.last_used_at, d.blocked_at
FROM device d
WHERE d.tenant = ?1 AND d.user = ?2 AND d.id > ?3
ORDER BY d.id
LIMIT ?4
