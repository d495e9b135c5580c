-- ?1 tenant, ?2 connection, ?3 request
SELECT x.consumed_at
FROM consumed_logout_request x
WHERE x.tenant = ?1 AND x.connection = ?2 AND x.request = ?3
