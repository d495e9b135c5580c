-- ?1 tenant, ?2 user, ?3 version
INSERT INTO guard (broken)
SELECT 'user-locked'
WHERE NOT EXISTS (SELECT 1 FROM user u WHERE u.tenant = ?1 AND u.id = ?2 AND u.version = ?3 AND u.status = 'locked')
