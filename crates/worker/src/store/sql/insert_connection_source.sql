INSERT INTO connection_source (tenant, connection, provider, metadata_url) VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (tenant, connection) DO UPDATE SET provider = excluded.provider, metadata_url = excluded.metadata_url
