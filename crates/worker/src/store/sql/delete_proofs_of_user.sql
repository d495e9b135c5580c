-- ?1 tenant, ?2 user
DELETE FROM session_device WHERE tenant = ?1 AND user = ?2
