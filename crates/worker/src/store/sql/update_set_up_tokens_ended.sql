-- ?1 tenant, ?2 at
UPDATE api_token SET revoked_at = ?2
WHERE tenant = ?1 AND sets_up = 1 AND revoked_at IS NULL
