UPDATE sp_key SET status = ?4, status_at = ?5
WHERE tenant = ?1 AND connection = ?2 AND id = ?3
