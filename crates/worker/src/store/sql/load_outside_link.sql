-- ?1 token, ?2 how many privileges there are
SELECT l.tenant, t.name AS tenant_name, t.status AS tenant_status, l.token, l.expires_at, n.id AS root, t.outside_version AS version,
       t.seats_used < t.seats AS seat_free,
       EXISTS (SELECT 1 FROM used_outside_link x WHERE x.tenant = l.tenant AND x.token = l.token) AS is_used,
       (SELECT count(*) FROM outside_admin o WHERE o.tenant = l.tenant) AS admins,
       (SELECT json_group_array(json(r.privileges))
        FROM user_role h
        JOIN role r ON r.tenant = h.tenant AND r.id = h.role
        WHERE h.tenant = l.tenant AND h.user = l.user AND h.source <> 'group' AND r.node = n.id) AS held,
       (SELECT o.email FROM outside_admin o WHERE o.tenant = l.tenant AND o.user = l.user) AS known_email,
       (SELECT r.id FROM role r
        WHERE r.tenant = l.tenant AND r.node = n.id AND json_array_length(r.privileges) >= ?2 AND r.policies = '{}' LIMIT 1) AS administrators,
       EXISTS (SELECT 1 FROM role r WHERE r.tenant = l.tenant AND r.node = n.id AND r.name = 'Administrators') AS name_taken,
       (SELECT json_array(u.id, u.version, u.status, u.node, u.email, u.name, u.last_sign_in_at)
        FROM user u WHERE u.tenant = l.tenant AND u.id = l.user) AS person,
       (SELECT json_group_array(d.role)
        FROM user u
        JOIN node_default_role d ON d.tenant = u.tenant AND d.node = u.node
        WHERE u.tenant = l.tenant AND u.id = l.user AND NOT EXISTS (
          SELECT 1 FROM user_role h WHERE h.tenant = u.tenant AND h.user = u.id AND h.role = d.role)) AS defaults
FROM outside_link l
JOIN tenant t ON t.id = l.tenant
JOIN node n ON n.tenant = l.tenant AND n.parent IS NULL
WHERE l.token = ?1
