-- ?1 tenant, ?2 connection, ?3 now: what the draft was read from is polled
INSERT INTO connection_metadata (tenant, connection, url, next_check_at)
SELECT s.tenant, s.connection, s.metadata_url, ?3
FROM connection_source s
WHERE s.tenant = ?1 AND s.connection = ?2 AND s.is_draft = 1 AND s.metadata_url IS NOT NULL
ON CONFLICT (tenant, connection) DO UPDATE SET url = excluded.url, etag = NULL, failures = 0, next_check_at = excluded.next_check_at
