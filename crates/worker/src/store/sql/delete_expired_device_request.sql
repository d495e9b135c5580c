-- ?1 before
DELETE FROM device_request
WHERE (tenant, user, device) IN (
  SELECT e.tenant, e.user, e.device FROM device_request e WHERE e.expires_at < ?1 AND e.admin_expires_at < ?1 LIMIT 500)
