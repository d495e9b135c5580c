-- ?1 tenant, ?2 at
UPDATE set_up SET closed_at = ?2
WHERE id = 1 AND tenant = ?1 AND closed_at IS NULL
