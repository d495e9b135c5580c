-- ?1 tenant, ?2 user, ?3 version
INSERT INTO guard (broken)
SELECT 'outside-credential'
WHERE NOT EXISTS (SELECT 1 FROM outside_admin o WHERE o.tenant = ?1 AND o.user = ?2 AND o.version = ?3)
