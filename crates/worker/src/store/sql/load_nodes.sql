-- ?1 tenant, ?2 after, ?3 how many, ?4 nodes
SELECT n.id, n.parent, n.name, n.created_at, n.version,
       (SELECT json_group_array(d.role) FROM node_default_role d WHERE d.tenant = n.tenant AND d.node = n.id) AS default_roles,
       '[]' AS holds
FROM node n
WHERE n.tenant = ?1 AND n.id > ?2 AND +n.id IN (SELECT value FROM json_each(?4))
ORDER BY n.id
LIMIT ?3
