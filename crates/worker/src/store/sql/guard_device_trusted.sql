-- guard_device_trusted
-- ?1 tenant, ?2 token, ?3 user, ?4 device
INSERT INTO guard (broken)
SELECT 'device-trusted'
WHERE NOT EXISTS (
  SELECT 1 FROM session_device p
  JOIN device d ON d.tenant = p.tenant AND d.user = p.user AND d.id = p.device
  WHERE p.tenant = ?1 AND p.token = ?2 AND p.user = ?3 AND p.device = ?4 AND d.blocked_at IS NULL)
