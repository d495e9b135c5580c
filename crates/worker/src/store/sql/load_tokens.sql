-- ?1 tenant, ?2 after, ?3 how many, ?4 nodes, ?5 user
SELECT a.id, a.name, a.user, a.node, a.privileges, a.read_only, a.sets_up, a.created_at, a.expires_at, a.revoked_at
FROM api_token a
WHERE a.tenant = ?1 AND a.id > ?2 AND (+a.node IN (SELECT value FROM json_each(?4)) OR +a.user = ?5)
ORDER BY a.id
LIMIT ?3
