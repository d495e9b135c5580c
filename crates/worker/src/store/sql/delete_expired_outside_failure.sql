-- ?1 before
DELETE FROM outside_failure
WHERE (email, id) IN (
  SELECT e.email, e.id FROM outside_failure e WHERE e.failed_at < ?1 LIMIT 500)
