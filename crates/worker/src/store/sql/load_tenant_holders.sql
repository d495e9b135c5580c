-- load_tenant_holders
-- ?1 token: who holds which of the organisation's keys, the last first, by the keys that they have themselves now
SELECT u.id, u.email, u.name, g.purpose, g.sequence
FROM session s
JOIN tenant_grant g ON g.tenant = s.tenant
JOIN user u ON u.tenant = g.tenant AND u.id = g.admin
WHERE s.token = ?1 AND u.status = 'active'
  AND g.admin_sequence = (SELECT max(v.sequence) FROM vault_statement v WHERE v.tenant = g.tenant AND v.user = g.admin)
ORDER BY g.sequence DESC
LIMIT 300
