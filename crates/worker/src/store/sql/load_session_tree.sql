-- ?1 token
SELECT n.id, n.parent
FROM session s
JOIN node n ON n.tenant = s.tenant
WHERE s.token = ?1
