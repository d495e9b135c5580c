-- ?1 before
DELETE FROM claim
WHERE (tenant, token) IN (
  SELECT e.tenant, e.token FROM claim e WHERE e.expires_at < ?1 LIMIT 500)
