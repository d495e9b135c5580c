-- ?1 connection: the key that signs, and all that may still have to decrypt, the one in use first
SELECT k.purpose, k.wrapped
FROM connection c
JOIN sp_key k ON k.tenant = c.tenant AND k.connection = c.id AND (k.purpose = 'decrypt' OR k.status = 'active')
WHERE c.id = ?1
ORDER BY k.status, k.created_at
LIMIT 8
