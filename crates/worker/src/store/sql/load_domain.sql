-- ?1 tenant, ?2 name
SELECT d.connection
FROM domain d
WHERE d.tenant = ?1 AND d.name = ?2 AND d.status = 'reserved'
