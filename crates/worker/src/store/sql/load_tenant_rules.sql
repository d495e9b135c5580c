-- load_tenant_rules
-- ?1 token
SELECT t.two_person_approval,
       coalesce((SELECT k.kit_at FROM tenant_statement k WHERE k.tenant = s.tenant ORDER BY k.sequence DESC LIMIT 1), 0) AS kit_at,
       (SELECT max(v.sequence) FROM vault_statement v WHERE v.tenant = s.tenant AND v.user = s.user) AS account
FROM session s
JOIN tenant t ON t.id = s.tenant
WHERE s.token = ?1
