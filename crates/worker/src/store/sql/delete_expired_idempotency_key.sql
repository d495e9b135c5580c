-- ?1 before
DELETE FROM idempotency_key
WHERE (tenant, actor, key) IN (
  SELECT k.tenant, k.actor, k.key FROM idempotency_key k WHERE k.created_at < ?1 LIMIT 500)
