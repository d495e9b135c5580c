-- delete_device_proofs
-- ?1 tenant, ?2 user, ?3 device
DELETE FROM session_device WHERE tenant = ?1 AND user = ?2 AND device = ?3
