-- ?1 tenant, ?2 connection, ?3 subject
SELECT i.user
FROM identity i
WHERE i.tenant = ?1 AND i.connection = ?2 AND i.subject = ?3
