-- ?1 tenant, ?2 connection
SELECT k.id, k.purpose, k.status, k.status_at AS since, k.certificate, k.created_at, c.version
FROM sp_key k
JOIN connection c ON c.tenant = k.tenant AND c.id = k.connection
WHERE k.tenant = ?1 AND k.connection = ?2
