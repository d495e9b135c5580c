-- update_factor_used
-- ?1 tenant, ?2 user, ?3 id, ?4 counter, ?5 at
UPDATE factor SET counter = ?4, last_used_at = ?5 WHERE tenant = ?1 AND user = ?2 AND id = ?3
