UPDATE domain SET status = ?3, attempts = ?4, missing_since = ?5, checked_at = ?6, next_check_at = ?7
WHERE tenant = ?1 AND name = ?2
