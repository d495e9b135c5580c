-- ?1 tenant, ?2 user
DELETE FROM device WHERE tenant = ?1 AND user = ?2
