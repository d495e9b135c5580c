-- ?1 token: what is done of what an organisation begins with
SELECT EXISTS (SELECT 1 FROM outside_admin o WHERE o.tenant = s.tenant AND o.user = s.user AND o.recovery IS NOT NULL) AS kit,
       EXISTS (SELECT 1 FROM vault_statement v WHERE v.tenant = s.tenant AND v.user = s.user) AS vault,
       EXISTS (SELECT 1 FROM vault_recovery v WHERE v.tenant = s.tenant AND v.user = s.user) AS phrase,
       EXISTS (SELECT 1 FROM tenant_statement k WHERE k.tenant = s.tenant) AS keys,
       EXISTS (SELECT 1 FROM node n JOIN connection c ON c.tenant = n.tenant AND c.node = n.id AND c.status = 'active'
               WHERE n.tenant = s.tenant) AS connection,
       EXISTS (SELECT 1 FROM domain d WHERE d.tenant = s.tenant AND d.status = 'reserved') AS domain,
       (SELECT count(*) FROM outside_admin o WHERE o.tenant = s.tenant) > 1 AS second
FROM session s
WHERE s.token = ?1
