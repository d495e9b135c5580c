-- ?1 hash
SELECT n.id, n.parent
FROM api_token a
JOIN node n ON n.tenant = a.tenant
WHERE a.hash = ?1
