-- update_session_awake
-- ?1 tenant, ?2 token, ?3 at
UPDATE session SET locked_at = 0, last_seen_at = max(last_seen_at, ?3) WHERE tenant = ?1 AND token = ?2
