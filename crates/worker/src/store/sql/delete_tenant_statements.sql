-- ?1 tenant
DELETE FROM tenant_statement WHERE tenant = ?1
