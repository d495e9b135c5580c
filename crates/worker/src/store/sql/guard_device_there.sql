-- guard_device_there
-- ?1 tenant, ?2 user, ?3 device
INSERT INTO guard (broken)
SELECT 'device-there'
WHERE NOT EXISTS (SELECT 1 FROM device d WHERE d.tenant = ?1 AND d.user = ?2 AND d.id = ?3)
