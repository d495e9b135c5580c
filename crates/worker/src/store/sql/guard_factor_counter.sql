-- guard_factor_counter
-- ?1 tenant, ?2 user, ?3 id, ?4 counter
INSERT INTO guard (broken)
SELECT 'factor-counter'
WHERE NOT EXISTS (
  SELECT 1 FROM factor f
  WHERE f.tenant = ?1 AND f.user = ?2 AND f.id = ?3 AND (f.counter < ?4 OR (f.counter = 0 AND ?4 = 0)))
