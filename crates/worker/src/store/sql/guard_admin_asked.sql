-- guard_admin_asked
-- ?1 tenant, ?2 user, ?3 device, ?4 wants a fresh vault, ?5 until
INSERT INTO guard (broken)
SELECT 'admin-asked'
WHERE NOT EXISTS (
  SELECT 1 FROM device_request r
  WHERE r.tenant = ?1 AND r.user = ?2 AND r.device = ?3 AND r.wants_fresh = ?4 AND r.admin_expires_at = ?5)
