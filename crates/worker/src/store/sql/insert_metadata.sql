INSERT INTO connection_metadata (tenant, connection, url, next_check_at)
VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (tenant, connection) DO UPDATE SET url = excluded.url, etag = NULL, failures = 0, next_check_at = excluded.next_check_at
