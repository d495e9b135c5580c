-- ?1 tenant, ?2 user, ?3 device
DELETE FROM device_vote WHERE tenant = ?1 AND user = ?2 AND device = ?3
