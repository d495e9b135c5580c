-- ?1 browser: the account that it was last signed in to
SELECT u.id, u.email
FROM session s
JOIN user u ON u.tenant = s.tenant AND u.id = s.user
WHERE s.browser = ?1
ORDER BY s.created_at DESC
LIMIT 1
