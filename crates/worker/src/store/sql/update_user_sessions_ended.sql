UPDATE user SET sessions_ended_at = ?3
WHERE tenant = ?1 AND id = ?2 AND sessions_ended_at < ?3
