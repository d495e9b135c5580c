-- guard_no_factor
-- ?1 tenant, ?2 user
INSERT INTO guard (broken)
SELECT 'no-factor'
WHERE EXISTS (SELECT 1 FROM factor f WHERE f.tenant = ?1 AND f.user = ?2)
