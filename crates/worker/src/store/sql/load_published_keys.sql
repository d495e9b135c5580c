-- ?1 connection; none where the connection is unknown
SELECT k.purpose, k.status, k.certificate, c.single_logout
FROM connection c
LEFT JOIN sp_key k ON k.tenant = c.tenant AND k.connection = c.id AND k.status IN ('active', 'next')
WHERE c.id = ?1
ORDER BY k.status, k.created_at
