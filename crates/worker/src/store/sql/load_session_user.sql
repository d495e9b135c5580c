-- ?1 tenant, ?2 user, ?3 token: whether it is theirs, and not over
SELECT s.user FROM session s
WHERE s.token = ?3 AND s.tenant = ?1 AND s.user = ?2 AND s.revoked_at IS NULL
