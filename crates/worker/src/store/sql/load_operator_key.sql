-- load_operator_key
-- ?1 key
SELECT k.request, k.made FROM operator_key k WHERE k.key = ?1
