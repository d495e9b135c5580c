-- ?1 tenant, ?2 at: those that set up, and those that they made, which are nobody's
UPDATE api_token SET revoked_at = ?2
WHERE tenant = ?1 AND user IS NULL AND revoked_at IS NULL
