-- ?1 tenant, ?2 connection, ?3 version
INSERT INTO guard (broken)
SELECT 'connection-unchanged'
WHERE NOT EXISTS (
  SELECT 1
  FROM connection c
  JOIN tenant t ON t.id = c.tenant
  WHERE c.tenant = ?1 AND c.id = ?2 AND c.version = ?3 AND c.status = 'active' AND t.status = 'active')
