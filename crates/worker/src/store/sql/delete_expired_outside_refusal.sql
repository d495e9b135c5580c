-- ?1 before
DELETE FROM outside_refusal
WHERE (email, code, hour) IN (
  SELECT e.email, e.code, e.hour FROM outside_refusal e WHERE e.hour < ?1 LIMIT 500)
