-- delete_unwrapped_devices
-- ?1 tenant, ?2 user, ?3 the number of the last statement
DELETE FROM device WHERE tenant = ?1 AND user = ?2 AND sequence < ?3
