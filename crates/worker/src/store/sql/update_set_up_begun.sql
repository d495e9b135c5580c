-- ?1 tenant
UPDATE set_up SET tenant = ?1
WHERE id = 1 AND tenant IS NULL
