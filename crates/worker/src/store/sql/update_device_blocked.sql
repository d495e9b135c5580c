-- update_device_blocked
-- ?1 tenant, ?2 user, ?3 device, ?4 since, or NULL
UPDATE device SET blocked_at = ?4 WHERE tenant = ?1 AND user = ?2 AND id = ?3
