-- ?1 token: what a session's person signs in with outside
SELECT o.email, o.verifier, o.recovery, o.version
FROM session s
JOIN outside_admin o ON o.tenant = s.tenant AND o.user = s.user
WHERE s.token = ?1
