-- ?1 tenant, ?2 name
SELECT d.name, d.status, d.connection, '_keyward-challenge.' || d.name AS record_name,
       iif(d.token = '', NULL, 'keyward=' || d.token) AS record_text,
       d.created_at, d.checked_at, d.next_check_at, d.missing_since, d.version
FROM domain d
WHERE d.tenant = ?1 AND d.name = ?2
