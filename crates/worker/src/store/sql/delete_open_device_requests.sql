-- delete_open_device_requests
-- ?1 tenant, ?2 user
DELETE FROM device_request
WHERE tenant = ?1 AND user = ?2
  AND NOT EXISTS (
    SELECT 1 FROM device_answer a
    WHERE a.tenant = device_request.tenant AND a.user = device_request.user AND a.device = device_request.device)
