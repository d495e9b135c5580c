-- ?1 SSO name
SELECT t.name AS tenant_name, t.accent, l.hash AS logo
FROM connection c
JOIN tenant t ON t.id = c.tenant AND t.status = 'active'
LEFT JOIN tenant_logo l ON l.tenant = t.id
WHERE c.sso_name = ?1 AND c.status = 'active'
