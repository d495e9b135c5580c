-- load_person
-- ?1 token, ?2 e-mail or NULL, ?3 user or NULL: somebody of the same organisation
SELECT u.id, u.email, u.name, u.node, u.status, u.version,
       (SELECT json_group_array(json_array(r.node, json(r.privileges)))
        FROM user_role h
        JOIN role r ON r.tenant = h.tenant AND r.id = h.role
        JOIN tenant o ON o.id = h.tenant
        WHERE h.tenant = u.tenant AND h.user = u.id AND r.privileges <> '[]'
          AND (h.source <> 'group' OR o.group_privileges = 1)) AS holds,
       (SELECT json_group_array(v.statement) FROM vault_statement v
        WHERE v.tenant = u.tenant AND v.user = u.id) AS chain,
       (SELECT c.consented_at FROM escrow_consent c WHERE c.tenant = u.tenant AND c.user = u.id) AS consented_at,
       x.sequence AS escrow_sequence, x.tenant_sequence AS escrow_tenant_sequence, x.wrap AS escrow_wrap
FROM session s
JOIN user u ON u.tenant = s.tenant AND u.id = coalesce(?3, (SELECT e.id FROM user e WHERE e.tenant = s.tenant AND e.email = ?2))
LEFT JOIN escrow x ON x.tenant = u.tenant AND x.user = u.id AND x.purpose = 'transfer'
WHERE s.token = ?1
