-- upsert_session_device
-- ?1 tenant, ?2 token, ?3 user, ?4 device, ?5 at
INSERT INTO session_device (tenant, token, user, device, proven_at, unlocked_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?5)
ON CONFLICT (tenant, token) DO UPDATE SET user = ?3, device = ?4, proven_at = ?5, unlocked_at = ?5
