-- load_escrow_domains
-- ?1 token: what the organisation's domains say of its keys
SELECT d.name, d.escrow
FROM session s
JOIN domain d ON d.tenant = s.tenant
WHERE s.token = ?1 AND d.status = 'reserved'
LIMIT 100
