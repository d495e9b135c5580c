-- ?1 before
DELETE FROM pending_login
WHERE (tenant, request) IN (
  SELECT e.tenant, e.request FROM pending_login e WHERE e.expires_at < ?1 LIMIT 500)
