-- ?1 tenant, ?2 admin
DELETE FROM tenant_grant WHERE tenant = ?1 AND admin = ?2
