-- ?1 tenant, ?2 name, ?3 connection
INSERT INTO guard (broken)
SELECT 'domain-routes'
WHERE NOT EXISTS (
  SELECT 1 FROM domain d WHERE d.tenant = ?1 AND d.name = ?2 AND d.status = 'reserved' AND d.connection = ?3)
