-- guard_device_requests
-- ?1 tenant, ?2 user, ?3 now, ?4 the most that may be open already
INSERT INTO guard (broken)
SELECT 'device-requests'
WHERE (
  SELECT count(*) FROM device_request r
  LEFT JOIN device_answer a ON a.tenant = r.tenant AND a.user = r.user AND a.device = r.device
  WHERE r.tenant = ?1 AND r.user = ?2 AND r.expires_at > ?3 AND a.answer IS NULL) > ?4
