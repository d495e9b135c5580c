-- delete_expired_factor_challenge
-- ?1 before
DELETE FROM factor_challenge
WHERE (tenant, challenge) IN (
  SELECT e.tenant, e.challenge FROM factor_challenge e WHERE e.expires_at < ?1 LIMIT 500)
