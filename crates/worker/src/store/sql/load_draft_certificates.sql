-- ?1 connection
SELECT x.certificate
FROM connection c
JOIN connection_certificate x ON x.tenant = c.tenant AND x.connection = c.id AND x.stage = 'draft'
WHERE c.id = ?1
