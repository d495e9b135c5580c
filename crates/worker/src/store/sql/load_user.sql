-- ?1 tenant, ?2 id
SELECT u.id, u.email, u.name, u.node, u.status, u.created_at, u.last_sign_in_at, u.version,
       EXISTS (SELECT 1 FROM outside_admin x WHERE x.tenant = u.tenant AND x.user = u.id) AS signs_in_outside,
       (SELECT json_group_array(json_object('role', h.role, 'source', h.source))
        FROM user_role h
        WHERE h.tenant = u.tenant AND h.user = u.id) AS roles,
       (SELECT json_group_array(json_array(r.node, json(r.privileges)))
        FROM user_role h
        JOIN role r ON r.tenant = h.tenant AND r.id = h.role
        JOIN tenant o ON o.id = h.tenant
        WHERE h.tenant = u.tenant AND h.user = u.id AND r.privileges <> '[]'
          AND (h.source <> 'group' OR o.group_privileges = 1)) AS holds
FROM user u
WHERE u.tenant = ?1 AND u.id = ?2
