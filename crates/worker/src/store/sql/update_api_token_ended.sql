-- ?1 tenant, ?2 hash, ?3 at
UPDATE api_token SET revoked_at = coalesce(revoked_at, ?3)
WHERE hash = ?2 AND tenant = ?1
