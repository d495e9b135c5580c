-- ?1 tenant, ?2 connection
SELECT k.id, k.purpose, k.status, k.status_at AS since, k.certificate, k.created_at
FROM sp_key k
WHERE k.tenant = ?1 AND k.connection = ?2
