-- ?1 tenant, ?2 user, ?3 device, ?4 wants a fresh vault, ?5 connection, ?6 until
UPDATE device_request SET wants_fresh = ?4, via = ?5, admin_expires_at = ?6
WHERE tenant = ?1 AND user = ?2 AND device = ?3
