INSERT INTO tenant_logo (tenant, hash, png) VALUES (?1, ?2, ?3)
ON CONFLICT (tenant) DO UPDATE SET hash = ?2, png = ?3
