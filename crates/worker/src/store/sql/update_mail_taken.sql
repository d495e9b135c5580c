-- ?1 tenant, ?2 id, ?3 user, ?4 when it would be tried again; NULL: not again
UPDATE mail SET due_at = ?4, attempts = attempts + 1, sealed = iif(?4 IS NULL, NULL, sealed)
WHERE tenant = ?1 AND id = ?2 AND user = ?3
