-- ?1 tenant, ?2 connection, ?3 subject, ?4 node, ?5 JSON array of groups: what the roles ask that a sign-in looks at
SELECT r.id, r.policies
FROM role r
WHERE r.tenant = ?1 AND r.policies <> '{}'
  AND r.id IN (SELECT h.role
               FROM identity i
               JOIN user_role h ON h.tenant = i.tenant AND h.user = i.user
               WHERE i.tenant = ?1 AND i.connection = ?2 AND i.subject = ?3
               UNION ALL
               SELECT d.role FROM node_default_role d WHERE d.tenant = ?1 AND d.node = ?4
               UNION ALL
               SELECT g.role
               FROM json_each(?5) a
               JOIN connection_group_role g ON g.tenant = ?1 AND g.connection = ?2 AND g.value = a.value)
