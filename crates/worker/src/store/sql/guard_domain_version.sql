-- ?1 tenant, ?2 name, ?3 version
INSERT INTO guard (broken)
SELECT 'domain-version'
WHERE NOT EXISTS (SELECT 1 FROM domain x WHERE x.tenant = ?1 AND x.name = ?2 AND x.version = ?3)
