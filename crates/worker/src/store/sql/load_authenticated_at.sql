-- load_authenticated_at
-- ?1 token
SELECT s.authenticated_at
FROM session s
WHERE s.token = ?1
