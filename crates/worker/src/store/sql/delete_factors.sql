-- delete_factors
-- ?1 tenant, ?2 user
DELETE FROM factor WHERE tenant = ?1 AND user = ?2
