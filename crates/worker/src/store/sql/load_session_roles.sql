-- ?1 token
SELECT r.name
FROM session s
JOIN user_role ur ON ur.tenant = s.tenant AND ur.user = s.user
JOIN role r ON r.tenant = ur.tenant AND r.id = ur.role
WHERE s.token = ?1
ORDER BY r.name
