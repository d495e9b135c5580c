-- ?1 tenant
INSERT INTO guard (broken)
SELECT 'seat-free'
WHERE NOT EXISTS (SELECT 1 FROM tenant t WHERE t.id = ?1 AND t.seats_used < t.seats)
