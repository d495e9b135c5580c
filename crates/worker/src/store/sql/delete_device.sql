-- delete_device
-- ?1 tenant, ?2 user, ?3 device
DELETE FROM device WHERE tenant = ?1 AND user = ?2 AND id = ?3
