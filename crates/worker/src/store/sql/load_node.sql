-- ?1 tenant, ?2 id
SELECT n.id, n.parent, n.name, n.created_at, n.version,
       (SELECT json_group_array(d.role) FROM node_default_role d WHERE d.tenant = n.tenant AND d.node = n.id) AS default_roles,
       (EXISTS (SELECT 1 FROM user u WHERE u.tenant = n.tenant AND u.node = n.id)
        OR EXISTS (SELECT 1 FROM role r WHERE r.tenant = n.tenant AND r.node = n.id)
        OR EXISTS (SELECT 1 FROM connection c WHERE c.tenant = n.tenant AND c.node = n.id)
        OR EXISTS (SELECT 1 FROM node_default_role g WHERE g.tenant = n.tenant AND g.node = n.id)
        OR EXISTS (SELECT 1 FROM api_token a WHERE a.tenant = n.tenant AND a.node = n.id)) AS in_use
FROM node n
WHERE n.tenant = ?1 AND n.id = ?2
