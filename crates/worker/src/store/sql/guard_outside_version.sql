-- ?1 tenant, ?2 version
INSERT INTO guard (broken)
SELECT 'outside-version'
WHERE NOT EXISTS (SELECT 1 FROM tenant t WHERE t.id = ?1 AND t.outside_version = ?2)
