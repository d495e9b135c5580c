-- ?1 tenant, ?2 id, ?3 now; what is there that does not go with it: people, roles, connections, tokens
SELECT n.id, n.parent, n.name, n.created_at, n.version,
       (SELECT json_group_array(d.role) FROM node_default_role d WHERE d.tenant = n.tenant AND d.node = n.id) AS default_roles,
       json_array(
         EXISTS (SELECT 1 FROM user u WHERE u.tenant = n.tenant AND u.node = n.id AND u.status <> 'deleted'),
         EXISTS (SELECT 1 FROM role r WHERE r.tenant = n.tenant AND r.node = n.id),
         EXISTS (SELECT 1 FROM connection c WHERE c.tenant = n.tenant AND c.node = n.id),
         EXISTS (SELECT 1 FROM api_token a WHERE a.tenant = n.tenant AND a.node = n.id AND a.revoked_at IS NULL AND a.expires_at > ?3)
       ) AS holds
FROM node n
WHERE n.tenant = ?1 AND n.id = ?2
