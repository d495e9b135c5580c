-- ?1 before
DELETE FROM session
WHERE (tenant, token) IN (
  SELECT e.tenant, e.token FROM session e WHERE e.expires_at < ?1 LIMIT 500)
