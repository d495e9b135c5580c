UPDATE session SET revoked_at = ?3
WHERE tenant = ?1 AND token = ?2 AND revoked_at IS NULL
