-- ?1 token; NULL: that of the session which the answer to ?3 request of ?2 tenant opened
SELECT s.tenant, t.name AS tenant_name, t.status AS tenant_status, s.token, s.connection, c.status AS connection_status,
       u.id AS user, u.version AS user_version, u.status AS user_status, u.email, u.name, u.last_sign_in_at,
       n.id AS node, n.name AS node_name,
       s.created_user, s.previous_sign_in_at, s.created_at, s.last_seen_at, s.expires_at, s.revoked_at, s.locked_at,
       max(t.sessions_ended_at, coalesce(c.sessions_ended_at, 0), u.sessions_ended_at) AS sessions_ended_at,
       (SELECT json_group_array(json_array(r.id, json(r.policies)))
        FROM user_role h
        JOIN role r ON r.tenant = h.tenant AND r.id = h.role
        -- What groups of an IdP give does not count where no IdP signed the person in.
        WHERE h.tenant = u.tenant AND h.user = u.id AND (s.connection IS NOT NULL OR h.source <> 'group')) AS policies,
       EXISTS (SELECT 1 FROM outside_admin o WHERE o.tenant = s.tenant AND o.user = s.user) AS has_password,
       s.browser,
       json_object(
         'kinds', json((SELECT json_group_array(f.kind) FROM factor f WHERE f.tenant = s.tenant AND f.user = s.user)),
         'codes', (SELECT count(*) FROM backup_code b
                   WHERE b.tenant = s.tenant AND b.user = s.user AND NOT EXISTS (
                     SELECT 1 FROM used_backup_code d WHERE d.tenant = b.tenant AND d.user = b.user AND d.hash = b.hash)),
         'shown', json((SELECT json_array(p.method, p.shown_at) FROM session_factor p
                        WHERE p.tenant = s.tenant AND p.token = s.token)),
         'browser', json((SELECT json_array(k.method, k.remembered_at) FROM factor_browser k
                          WHERE k.tenant = s.tenant AND k.user = s.user AND k.browser = s.browser
                            -- What ends sessions ends what was known before.
                            AND k.shown_at > max(t.sessions_ended_at, coalesce(c.sessions_ended_at, 0), u.sessions_ended_at)))) AS two_factor,
       json_object(
         'started', EXISTS (SELECT 1 FROM onboarding o WHERE o.tenant = s.tenant AND o.user = s.user),
         'asked', (SELECT e.asked_at FROM escrow_consent e WHERE e.tenant = s.tenant AND e.user = s.user),
         'consented', EXISTS (SELECT 1 FROM escrow_consent e
                              WHERE e.tenant = s.tenant AND e.user = s.user AND e.consented_at IS NOT NULL),
         'steps', json((SELECT json_group_array(json_array(m.step, m.state)) FROM onboarding_step m
                        WHERE m.tenant = s.tenant AND m.user = s.user)),
         'phrase', EXISTS (SELECT 1 FROM vault_recovery v WHERE v.tenant = s.tenant AND v.user = s.user),
         'items', EXISTS (SELECT 1 FROM vault_sealed i
                          WHERE i.tenant = s.tenant AND i.user = s.user AND i.item > 'i_' AND i.item < 'i`')) AS onboarding
FROM session s
JOIN tenant t ON t.id = s.tenant
LEFT JOIN connection c ON c.tenant = s.tenant AND c.id = s.connection
JOIN user u ON u.tenant = s.tenant AND u.id = s.user
JOIN node n ON n.tenant = u.tenant AND n.id = u.node
WHERE s.token = coalesce(?1, (SELECT x.session FROM consumed_request x WHERE x.tenant = ?2 AND x.request = ?3))
