-- load_sealed_mail_settings
-- ?1 tenant: the last one seen; empty: none was
SELECT s.tenant, s.secret FROM mail_settings s
WHERE s.tenant > ?1
ORDER BY s.tenant
LIMIT 50
