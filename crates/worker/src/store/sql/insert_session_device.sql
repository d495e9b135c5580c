-- ?1 tenant, ?2 token, ?3 user, ?4 device, ?5 at
INSERT INTO session_device (tenant, token, user, device, proven_at)
VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT (tenant, token) DO NOTHING
