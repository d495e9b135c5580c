-- ?1 token
SELECT (SELECT json_group_array(json_array(r.node, json(r.privileges)))
        FROM user_role h
        JOIN role r ON r.tenant = h.tenant AND r.id = h.role
        JOIN tenant o ON o.id = h.tenant
        WHERE h.tenant = s.tenant AND h.user = s.user AND r.privileges <> '[]'
          AND (h.source <> 'group' OR (o.group_privileges = 1 AND s.connection IS NOT NULL))) AS holds,
       (SELECT json_group_array(json_array(r.id, json(r.policies)))
        FROM user_role h
        JOIN role r ON r.tenant = h.tenant AND r.id = h.role
        WHERE h.tenant = s.tenant AND h.user = s.user AND (s.connection IS NOT NULL OR h.source <> 'group')) AS policies,
       s.authenticated_at
FROM session s
WHERE s.token = ?1
