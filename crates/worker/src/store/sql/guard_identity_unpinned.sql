-- ?1 tenant, ?2 connection, ?3 subject
INSERT INTO guard (broken)
SELECT 'identity-unpinned'
WHERE NOT EXISTS (
  SELECT 1 FROM identity i WHERE i.tenant = ?1 AND i.connection = ?2 AND i.subject = ?3 AND i.pinned IS NULL)
