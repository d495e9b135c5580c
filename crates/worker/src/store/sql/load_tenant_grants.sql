-- load_tenant_grants
-- ?1 token: what its person holds of the organisation's keys, with the statement of who gave it
SELECT g.sequence, g.purpose, g.admin_sequence, g.wrap, g.granted_by,
       (SELECT json_group_array(v.statement) FROM vault_statement v
        WHERE v.tenant = g.tenant AND v.user = g.granted_by) AS granter
FROM session s
JOIN tenant_grant g ON g.tenant = s.tenant AND g.admin = s.user
WHERE s.token = ?1
LIMIT 300
