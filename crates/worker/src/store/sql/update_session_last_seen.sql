UPDATE session SET last_seen_at = ?3
WHERE tenant = ?1 AND token = ?2 AND revoked_at IS NULL AND last_seen_at < ?3
