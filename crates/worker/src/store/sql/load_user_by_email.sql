-- ?1 tenant, ?2 email
SELECT u.id, u.version, u.status, u.node, u.email, u.name, u.last_sign_in_at
FROM user u
WHERE u.tenant = ?1 AND u.email = ?2
