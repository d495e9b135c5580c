-- ?1 tenant, ?2 connection, ?3 id: the last one seen; empty: none was
SELECT k.tenant, k.connection, k.id, k.purpose, k.wrapped
FROM sp_key k
WHERE (k.tenant, k.connection, k.id) > (?1, ?2, ?3)
ORDER BY k.tenant, k.connection, k.id
LIMIT 50
