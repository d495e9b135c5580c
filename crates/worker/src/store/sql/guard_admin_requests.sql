-- guard_admin_requests
-- ?1 tenant, ?2 user, ?3 the device that is asked for, ?4 now, ?5 the most that may be open already
INSERT INTO guard (broken)
SELECT 'admin-requests'
WHERE (
  SELECT count(*) FROM device_request r
  LEFT JOIN device_answer a ON a.tenant = r.tenant AND a.user = r.user AND a.device = r.device
  WHERE r.tenant = ?1 AND r.user = ?2 AND r.device <> ?3 AND r.admin_expires_at > ?4 AND a.answer IS NULL) > ?5
