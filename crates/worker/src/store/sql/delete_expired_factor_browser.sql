-- delete_expired_factor_browser
-- ?1 before
DELETE FROM factor_browser
WHERE (tenant, user, browser) IN (
  SELECT e.tenant, e.user, e.browser FROM factor_browser e WHERE e.shown_at < ?1 LIMIT 500)
