-- update_session_locked
-- ?1 tenant, ?2 token, ?3 at
UPDATE session SET locked_at = ?3 WHERE tenant = ?1 AND token = ?2
