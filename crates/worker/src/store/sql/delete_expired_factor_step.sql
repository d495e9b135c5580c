-- delete_expired_factor_step
-- ?1 before
DELETE FROM used_factor_step
WHERE (tenant, user, factor, step) IN (
  SELECT e.tenant, e.user, e.factor, e.step FROM used_factor_step e WHERE e.used_at < ?1 LIMIT 500)
