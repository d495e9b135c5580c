-- ?1 hash: a token, and what its person holds now
SELECT a.tenant, t.status AS tenant_status, a.id, a.user, u.status AS user_status,
       a.node, a.privileges, a.read_only, a.sets_up, a.expires_at, a.revoked_at,
       (SELECT json_group_array(json_array(r.node, json(r.privileges)))
        FROM user_role h
        JOIN role r ON r.tenant = h.tenant AND r.id = h.role
        JOIN tenant o ON o.id = h.tenant
        WHERE h.tenant = a.tenant AND h.user = a.user AND r.privileges <> '[]'
          AND (h.source <> 'group' OR o.group_privileges = 1)) AS holds,
       (SELECT json_group_array(json_array(r.id, json(r.policies)))
        FROM user_role h
        JOIN role r ON r.tenant = h.tenant AND r.id = h.role
        WHERE h.tenant = a.tenant AND h.user = a.user) AS policies
FROM api_token a
JOIN tenant t ON t.id = a.tenant
LEFT JOIN user u ON u.tenant = a.tenant AND u.id = a.user
WHERE a.hash = ?1
