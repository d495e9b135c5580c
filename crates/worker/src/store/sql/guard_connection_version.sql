-- ?1 tenant, ?2 connection, ?3 version: nobody has changed it since, whatever it is
INSERT INTO guard (broken)
SELECT 'connection-version'
WHERE NOT EXISTS (SELECT 1 FROM connection c WHERE c.tenant = ?1 AND c.id = ?2 AND c.version = ?3)
