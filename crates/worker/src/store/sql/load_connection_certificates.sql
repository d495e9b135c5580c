-- ?1 connection
SELECT x.certificate
FROM connection c
JOIN connection_certificate x ON x.tenant = c.tenant AND x.connection = c.id AND x.stage = 'active'
WHERE c.id = ?1
