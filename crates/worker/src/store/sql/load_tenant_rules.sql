-- load_tenant_rules
-- ?1 token; is_held: as guard_nobody_holds has it
SELECT t.two_person_approval,
       coalesce((SELECT k.kit_at FROM tenant_statement k WHERE k.tenant = s.tenant ORDER BY k.sequence DESC LIMIT 1), 0) AS kit_at,
       (SELECT max(v.sequence) FROM vault_statement v WHERE v.tenant = s.tenant AND v.user = s.user) AS account,
       EXISTS (
         SELECT 1 FROM tenant_grant g
         JOIN user u ON u.tenant = g.tenant AND u.id = g.admin AND u.status = 'active'
         WHERE g.tenant = s.tenant AND g.purpose = 'signing'
           AND g.sequence = (SELECT max(v.sequence) FROM tenant_statement v WHERE v.tenant = s.tenant)
           AND g.admin_sequence = (SELECT max(v.sequence) FROM vault_statement v WHERE v.tenant = g.tenant AND v.user = g.admin)
       ) AS is_held
FROM session s
JOIN tenant t ON t.id = s.tenant
WHERE s.token = ?1
