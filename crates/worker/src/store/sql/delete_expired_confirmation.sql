-- ?1 before
DELETE FROM confirmation
WHERE (tenant, token) IN (
  SELECT e.tenant, e.token FROM confirmation e WHERE e.expires_at < ?1 LIMIT 500)
