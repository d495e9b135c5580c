-- ?1 tenant, ?2 connection, ?3 subject, ?4 email, ?5 node, ?6 JSON array of groups: what the roles ask that a sign-in looks at
SELECT r.id, r.policies
FROM role r
WHERE r.tenant = ?1 AND r.policies <> '{}'
  AND r.id IN (SELECT h.role
               FROM user_role h
               WHERE h.tenant = ?1
                 AND h.user = coalesce(
                   (SELECT i.user FROM identity i WHERE i.tenant = ?1 AND i.connection = ?2 AND i.subject = ?3),
                   (SELECT m.user
                    FROM user u
                    JOIN identity m ON m.tenant = u.tenant AND m.user = u.id AND m.connection = ?2
                    WHERE u.tenant = ?1 AND u.email = ?4 AND m.migrates_until IS NOT NULL))
               UNION ALL
               SELECT d.role FROM node_default_role d WHERE d.tenant = ?1 AND d.node = ?5
               UNION ALL
               SELECT g.role
               FROM json_each(?6) a
               JOIN connection_group_role g ON g.tenant = ?1 AND g.connection = ?2 AND g.value = a.value)
