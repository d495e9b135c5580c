-- ?1 tenant
DELETE FROM tenant_grant WHERE tenant = ?1
