-- ?1 before
DELETE FROM consumed_logout_request
WHERE (tenant, connection, request) IN (
  SELECT e.tenant, e.connection, e.request FROM consumed_logout_request e WHERE e.expires_at < ?1 LIMIT 500)
