UPDATE tenant SET sessions_ended_at = ?2
WHERE id = ?1 AND sessions_ended_at < ?2
