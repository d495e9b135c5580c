-- load_escrow_consent
-- ?1 token
SELECT (SELECT max(v.sequence) FROM tenant_statement v WHERE v.tenant = s.tenant) AS tenant_sequence,
       (SELECT max(v.sequence) FROM vault_statement v WHERE v.tenant = s.tenant AND v.user = s.user) AS sequence,
       c.asked_at, c.consented_at
FROM session s
LEFT JOIN escrow_consent c ON c.tenant = s.tenant AND c.user = s.user
WHERE s.token = ?1
