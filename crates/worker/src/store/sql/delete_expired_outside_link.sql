-- ?1 before
DELETE FROM outside_link
WHERE (tenant, token) IN (
  SELECT e.tenant, e.token FROM outside_link e WHERE e.expires_at < ?1 LIMIT 500)
