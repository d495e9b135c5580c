-- delete_factor
-- ?1 tenant, ?2 user, ?3 id
DELETE FROM factor WHERE tenant = ?1 AND user = ?2 AND id = ?3
