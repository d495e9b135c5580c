-- ?1 tenant, ?2 id, ?3 user, ?4 at
UPDATE mail SET sent_at = ?4, due_at = NULL, sealed = NULL, failure = NULL
WHERE tenant = ?1 AND id = ?2 AND user = ?3
