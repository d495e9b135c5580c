-- update_device_locked
-- ?1 tenant, ?2 user, ?3 device, ?4 at
UPDATE device SET locked_at = ?4 WHERE tenant = ?1 AND user = ?2 AND id = ?3
