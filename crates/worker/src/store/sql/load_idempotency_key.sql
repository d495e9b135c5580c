-- ?1 tenant, ?2 actor, ?3 key
SELECT k.request, k.made FROM idempotency_key k
WHERE k.tenant = ?1 AND k.actor = ?2 AND k.key = ?3
