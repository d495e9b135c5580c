-- ?1 tenant, ?2 connection, ?3 subject
SELECT i.pinned, u.id, u.version, u.status, u.node, u.email, u.name, u.last_sign_in_at
FROM identity i
JOIN user u ON u.tenant = i.tenant AND u.id = i.user
WHERE i.tenant = ?1 AND i.connection = ?2 AND i.subject = ?3
