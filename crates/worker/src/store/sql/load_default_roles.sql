-- ?1 tenant, ?2 node
SELECT d.role
FROM node_default_role d
WHERE d.tenant = ?1 AND d.node = ?2
