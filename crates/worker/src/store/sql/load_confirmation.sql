-- ?1 token
SELECT f.tenant, t.status AS tenant_status, f.token, f.browser, f.connection, c.status AS connection_status,
       c.version AS connection_version, f.connection_version AS judged_version, c.sso_name,
       u.id AS user, u.version AS user_version, u.status AS user_status, u.node, u.email, u.name, u.last_sign_in_at,
       EXISTS (SELECT 1 FROM domain d
               WHERE d.tenant = f.tenant AND d.name = substr(u.email, instr(u.email, '@') + 1)
                 AND d.status = 'reserved' AND d.connection = f.connection) AS domain_routes,
       f.created_user, f.session_index, f.name_id, f.name_key, f.session_not_on_or_after, f.return_to, f.expires_at,
       x.token IS NOT NULL AS is_consumed,
       f.created_at <= max(t.sessions_ended_at, c.sessions_ended_at, u.sessions_ended_at) AS is_ended
FROM confirmation f
JOIN tenant t ON t.id = f.tenant
JOIN connection c ON c.tenant = f.tenant AND c.id = f.connection
JOIN user u ON u.tenant = f.tenant AND u.id = f.user
LEFT JOIN consumed_confirmation x ON x.tenant = f.tenant AND x.token = f.token
WHERE f.token = ?1
