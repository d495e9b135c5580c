-- upsert_extension_link
-- ?1 tenant, ?2 browser, ?3 url
INSERT INTO extension_link (tenant, browser, url) VALUES (?1, ?2, ?3)
ON CONFLICT (tenant, browser) DO UPDATE SET url = excluded.url
