-- ?1 tenant, ?2 after, ?3 how many, ?4 nodes
SELECT r.id, r.node, r.name, r.policies, r.privileges, r.created_at, r.version
FROM role r
WHERE r.tenant = ?1 AND r.id > ?2 AND +r.node IN (SELECT value FROM json_each(?4))
ORDER BY r.id
LIMIT ?3
