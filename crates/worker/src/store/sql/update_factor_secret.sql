-- update_factor_secret
-- ?1 tenant, ?2 user, ?3 id, ?4 sealed before, ?5 sealed now
UPDATE factor SET secret = ?5 WHERE tenant = ?1 AND user = ?2 AND id = ?3 AND secret = ?4
