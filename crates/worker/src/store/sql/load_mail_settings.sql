-- load_mail_settings
-- ?1 tenant: by whom its mail goes out, and what waits
SELECT s.provider, s.from_address, s.url, s.secret,
       (SELECT count(*) FROM mail m WHERE m.tenant = t.id AND m.due_at IS NOT NULL) AS waiting,
       (SELECT count(*) FROM mail m WHERE m.tenant = t.id AND m.due_at IS NOT NULL AND m.kind = 'test') AS tests
FROM tenant t
LEFT JOIN mail_settings s ON s.tenant = t.id
WHERE t.id = ?1
