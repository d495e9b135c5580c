-- ?1 e-mail, ?2 browser
SELECT o.tenant, t.name AS tenant_name, t.status AS tenant_status, o.verifier, o.recovery, o.version AS credential,
       u.id, u.version, u.status, u.node, u.email, u.name, u.last_sign_in_at,
       (SELECT json_group_array(json_array(r.id, json(r.policies)))
        FROM user_role h
        JOIN role r ON r.tenant = h.tenant AND r.id = h.role
        WHERE h.tenant = u.tenant AND h.user = u.id AND h.source <> 'group') AS policies,
       EXISTS (SELECT 1 FROM factor_browser k WHERE k.tenant = o.tenant AND k.user = o.user AND k.browser = ?2) AS is_known
FROM outside_admin o
JOIN tenant t ON t.id = o.tenant
JOIN user u ON u.tenant = o.tenant AND u.id = o.user
WHERE o.email = ?1
