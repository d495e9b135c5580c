-- guard_nobody_holds
-- ?1 tenant: whether somebody who is active holds, by the keys that they have themselves now, what signs the next statement
INSERT INTO guard (broken)
SELECT 'nobody-holds'
WHERE EXISTS (
  SELECT 1 FROM tenant_grant g
  JOIN user u ON u.tenant = g.tenant AND u.id = g.admin AND u.status = 'active'
  WHERE g.tenant = ?1 AND g.purpose = 'signing'
    AND g.sequence = (SELECT max(v.sequence) FROM tenant_statement v WHERE v.tenant = ?1)
    AND g.admin_sequence = (SELECT max(v.sequence) FROM vault_statement v WHERE v.tenant = g.tenant AND v.user = g.admin)
)
