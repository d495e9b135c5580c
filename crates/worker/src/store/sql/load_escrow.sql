-- load_escrow
-- ?1 token
SELECT e.purpose, e.sequence, e.tenant_sequence, e.wrap
FROM session s
JOIN escrow e ON e.tenant = s.tenant AND e.user = s.user
WHERE s.token = ?1
