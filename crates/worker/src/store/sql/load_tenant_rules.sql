-- load_tenant_rules
-- ?1 token
SELECT t.two_person_approval, (SELECT max(v.sequence) FROM vault_statement v WHERE v.tenant = s.tenant AND v.user = s.user) AS account
FROM session s
JOIN tenant t ON t.id = s.tenant
WHERE s.token = ?1
