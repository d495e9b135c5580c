-- ?1 before
DELETE FROM operator_key
WHERE key IN (SELECT k.key FROM operator_key k WHERE k.created_at < ?1 LIMIT 500)
