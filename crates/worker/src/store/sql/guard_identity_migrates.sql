-- ?1 tenant, ?2 connection, ?3 user
INSERT INTO guard (broken)
SELECT 'identity-migrates'
WHERE NOT EXISTS (
  SELECT 1 FROM identity i WHERE i.tenant = ?1 AND i.user = ?3 AND i.connection = ?2 AND i.migrates_until IS NOT NULL)
