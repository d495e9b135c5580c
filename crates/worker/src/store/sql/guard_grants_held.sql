-- guard_grants_held
-- ?1 tenant, ?2 admin, ?3 the number of their statement, ?4 how many of the organisation's keys they held by it
INSERT INTO guard (broken)
SELECT 'grants-held'
WHERE (SELECT count(*) FROM tenant_grant g WHERE g.tenant = ?1 AND g.admin = ?2 AND g.admin_sequence = ?3) IS NOT ?4
