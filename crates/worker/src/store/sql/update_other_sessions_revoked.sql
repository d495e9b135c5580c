-- ?1 tenant, ?2 user, ?3 the token of the one that goes on, ?4 when
UPDATE session SET revoked_at = ?4
WHERE tenant = ?1 AND user = ?2 AND token <> ?3 AND revoked_at IS NULL
