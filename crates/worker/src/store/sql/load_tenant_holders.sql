-- load_tenant_holders
-- ?1 token: who holds the organisation's last keys, by the keys that they have themselves now
SELECT u.id, u.email, u.name, g.purpose
FROM session s
JOIN tenant_grant g ON g.tenant = s.tenant
  AND g.sequence = (SELECT max(v.sequence) FROM tenant_statement v WHERE v.tenant = s.tenant)
JOIN user u ON u.tenant = g.tenant AND u.id = g.admin
WHERE s.token = ?1 AND u.status = 'active'
  AND g.admin_sequence = (SELECT max(v.sequence) FROM vault_statement v WHERE v.tenant = g.tenant AND v.user = g.admin)
LIMIT 300
