-- ?1 SSO name
SELECT t.name AS tenant_name
FROM connection c
JOIN tenant t ON t.id = c.tenant AND t.status = 'active'
WHERE c.sso_name = ?1 AND c.status = 'active'
