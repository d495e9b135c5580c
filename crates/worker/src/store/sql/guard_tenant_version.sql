-- ?1 tenant, ?2 version
INSERT INTO guard (broken)
SELECT 'tenant-version'
WHERE NOT EXISTS (SELECT 1 FROM tenant x WHERE x.id = ?1 AND x.version = ?2)
