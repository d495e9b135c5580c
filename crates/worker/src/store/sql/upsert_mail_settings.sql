-- upsert_mail_settings
-- ?1 tenant, ?2 provider, ?3 from, ?4 url, ?5 secret
INSERT INTO mail_settings (tenant, provider, from_address, url, secret) VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT (tenant) DO UPDATE SET provider = excluded.provider, from_address = excluded.from_address, url = excluded.url, secret = excluded.secret
