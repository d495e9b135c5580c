-- ?1 tenant, ?2 node, ?3 now: those that nobody can use any longer
DELETE FROM api_token
WHERE tenant = ?1 AND node = ?2 AND (revoked_at IS NOT NULL OR expires_at <= ?3)
