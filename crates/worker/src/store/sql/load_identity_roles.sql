-- ?1 tenant, ?2 connection, ?3 subject
SELECT r.role, r.source
FROM identity i
JOIN user_role r ON r.tenant = i.tenant AND r.user = i.user
WHERE i.tenant = ?1 AND i.connection = ?2 AND i.subject = ?3
