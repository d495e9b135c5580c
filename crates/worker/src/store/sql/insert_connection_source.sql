-- ?1 tenant, ?2 connection, ?3 provider, ?4 metadata's address: what the draft is set up from
INSERT INTO connection_source (tenant, connection, provider, metadata_url, is_draft) VALUES (?1, ?2, ?3, ?4, 1)
ON CONFLICT (tenant, connection) DO UPDATE SET provider = excluded.provider, metadata_url = excluded.metadata_url, is_draft = 1
