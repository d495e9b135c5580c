-- ?1 tenant, ?2 user
SELECT (SELECT json_group_array(json_array(r.id, json(r.policies)))
        FROM user_role h
        JOIN role r ON r.tenant = h.tenant AND r.id = h.role
        WHERE h.tenant = u.tenant AND h.user = u.id AND r.policies <> '{}') AS policies
FROM user u
WHERE u.tenant = ?1 AND u.id = ?2
