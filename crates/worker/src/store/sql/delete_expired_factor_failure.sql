-- delete_expired_factor_failure
-- ?1 before
DELETE FROM factor_failure
WHERE (tenant, user, id) IN (
  SELECT e.tenant, e.user, e.id FROM factor_failure e WHERE e.failed_at < ?1 LIMIT 500)
