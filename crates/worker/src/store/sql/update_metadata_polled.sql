UPDATE connection_metadata SET etag = ?3, failures = ?4, checked_at = ?5, next_check_at = ?6
WHERE tenant = ?1 AND connection = ?2
