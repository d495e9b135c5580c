-- load_device_requests
-- ?1 token, ?2 now
SELECT r.device, r.name, r.encryption, r.signing, r.created_at, r.expires_at, r.admin_expires_at, r.wants_fresh, a.answer
FROM session s
JOIN device_request r ON r.tenant = s.tenant AND r.user = s.user
LEFT JOIN device_answer a ON a.tenant = r.tenant AND a.user = r.user AND a.device = r.device
WHERE s.token = ?1 AND max(r.expires_at, r.admin_expires_at) > ?2
