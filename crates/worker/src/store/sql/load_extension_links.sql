-- load_extension_links
-- ?1 tenant
SELECT l.browser, l.url FROM extension_link l WHERE l.tenant = ?1 ORDER BY l.browser
