-- ?1 tenant, ?2 id, ?3 user, ?4 why
UPDATE mail SET failure = ?4 WHERE tenant = ?1 AND id = ?2 AND user = ?3
