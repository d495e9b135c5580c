-- guard_fresh_for
-- ?1 tenant, ?2 user, ?3 device, ?4 encryption, ?5 signing
INSERT INTO guard (broken)
SELECT 'fresh-for'
WHERE EXISTS (
  SELECT 1 FROM device_request r
  JOIN device_answer a ON a.tenant = r.tenant AND a.user = r.user AND a.device = r.device
  WHERE r.tenant = ?1 AND r.user = ?2 AND r.wants_fresh = 1 AND a.answer = 'approved')
AND NOT EXISTS (
  SELECT 1 FROM device_request r
  JOIN device_answer a ON a.tenant = r.tenant AND a.user = r.user AND a.device = r.device
  WHERE r.tenant = ?1 AND r.user = ?2 AND r.device = ?3 AND r.wants_fresh = 1 AND a.answer = 'approved'
    AND r.encryption = ?4 AND r.signing = ?5)
