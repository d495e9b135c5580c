-- ?1 before
DELETE FROM pending_logout
WHERE (tenant, request) IN (
  SELECT e.tenant, e.request FROM pending_logout e WHERE e.expires_at < ?1 LIMIT 500)
