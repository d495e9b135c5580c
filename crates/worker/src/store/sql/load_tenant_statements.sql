-- load_tenant_statements
-- ?1 token
SELECT v.statement
FROM session s
JOIN tenant_statement v ON v.tenant = s.tenant
WHERE s.token = ?1
ORDER BY v.sequence
LIMIT 1000
