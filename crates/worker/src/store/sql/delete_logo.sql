DELETE FROM tenant_logo WHERE tenant = ?1
