-- ?1 tenant, ?2 connection, ?3 name key, ?4 session indexes as JSON, ?5 now: the person's, and whose else the indexes are
SELECT s.token, s.user, s.session_index, 1 AS is_named
FROM session s
WHERE s.tenant = ?1 AND s.connection = ?2 AND s.name_key = ?3 AND s.revoked_at IS NULL AND s.expires_at > ?5
UNION ALL
SELECT s.token, s.user, s.session_index, 0
FROM json_each(?4) j
JOIN session s ON s.tenant = ?1 AND s.connection = ?2 AND s.session_index = j.value
WHERE s.name_key IS NOT ?3 AND s.revoked_at IS NULL AND s.expires_at > ?5
LIMIT 200
