-- ?1 token; NULL: that of the claim which ?3 request of ?2 tenant began with
SELECT m.token, m.connection, m.expires_at,
       EXISTS (SELECT 1 FROM consumed_claim x WHERE x.tenant = m.tenant AND x.token = m.token) AS is_consumed,
       EXISTS (SELECT 1 FROM identity i WHERE i.tenant = m.tenant AND i.user = m.user AND i.connection = m.connection) AS is_linked,
       u.id, u.version, u.status, u.node, u.email, u.name, u.last_sign_in_at,
       (SELECT json_group_array(json_array(h.role, h.source, json(r.policies)))
        FROM user_role h
        JOIN role r ON r.tenant = h.tenant AND r.id = h.role
        WHERE h.tenant = u.tenant AND h.user = u.id) AS roles,
       (SELECT json_group_array(json_array(d.role, json(r.policies)))
        FROM node_default_role d
        JOIN role r ON r.tenant = d.tenant AND r.id = d.role
        WHERE d.tenant = u.tenant AND d.node = u.node) AS defaults
FROM claim m
JOIN user u ON u.tenant = m.tenant AND u.id = m.user
WHERE m.token = coalesce(?1, (SELECT p.claim FROM pending_login p WHERE p.tenant = ?2 AND p.request = ?3))
