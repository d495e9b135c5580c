-- ?1 tenant, ?2 id, ?3 version
INSERT INTO guard (broken)
SELECT 'node-version'
WHERE NOT EXISTS (SELECT 1 FROM node x WHERE x.tenant = ?1 AND x.id = ?2 AND x.version = ?3)
