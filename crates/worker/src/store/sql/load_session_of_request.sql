-- ?1 tenant, ?2 request: the session that its answer opened
SELECT s.tenant, t.name AS tenant_name, t.status AS tenant_status, s.token, s.connection, c.status AS connection_status,
       u.id AS user, u.version AS user_version, u.status AS user_status, u.email, u.name, u.last_sign_in_at,
       n.id AS node, n.name AS node_name,
       s.created_user, s.previous_sign_in_at, s.created_at, s.last_seen_at, s.expires_at, s.revoked_at,
       max(t.sessions_ended_at, c.sessions_ended_at, u.sessions_ended_at) AS sessions_ended_at,
       (SELECT json_group_array(json_array(r.id, json(r.policies)))
        FROM user_role h
        JOIN role r ON r.tenant = h.tenant AND r.id = h.role
        WHERE h.tenant = u.tenant AND h.user = u.id) AS policies
FROM consumed_request x
JOIN session s ON s.tenant = x.tenant AND s.token = x.session
JOIN tenant t ON t.id = s.tenant
JOIN connection c ON c.tenant = s.tenant AND c.id = s.connection
JOIN user u ON u.tenant = s.tenant AND u.id = s.user
JOIN node n ON n.tenant = u.tenant AND n.id = u.node
WHERE x.tenant = ?1 AND x.request = ?2
