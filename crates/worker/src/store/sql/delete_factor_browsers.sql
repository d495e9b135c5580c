-- delete_factor_browsers
-- ?1 tenant, ?2 user
DELETE FROM factor_browser WHERE tenant = ?1 AND user = ?2
