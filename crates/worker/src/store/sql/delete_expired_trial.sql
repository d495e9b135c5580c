-- ?1 before
DELETE FROM trial
WHERE (tenant, id) IN (
  SELECT e.tenant, e.id FROM trial e WHERE e.expires_at < ?1 LIMIT 500)
