-- load_tenant_anew
-- ?1 token: when the organisation's keys were begun anew, and by whom; no row where they were not
SELECT v.created_at, u.email
FROM session s
JOIN tenant_statement v ON v.tenant = s.tenant AND v.sequence = 1 AND v.is_anew = 1
JOIN user u ON u.tenant = v.tenant AND u.id = v.made_by
WHERE s.token = ?1
