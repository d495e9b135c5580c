-- guard_tenant_sequence
-- ?1 tenant, ?2 the number of the last statement
INSERT INTO guard (broken)
SELECT 'tenant-sequence'
WHERE (SELECT max(v.sequence) FROM tenant_statement v WHERE v.tenant = ?1) IS NOT ?2
