UPDATE domain SET next_check_at = ?3
WHERE tenant = ?1 AND name = ?2
