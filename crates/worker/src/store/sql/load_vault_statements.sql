-- ?1 token
SELECT v.statement
FROM session s
JOIN vault_statement v ON v.tenant = s.tenant AND v.user = s.user
WHERE s.token = ?1
ORDER BY v.sequence
LIMIT 1000
