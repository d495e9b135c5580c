-- load_due_mail
-- ?1 now
SELECT m.tenant, t.name AS organisation, t.status AS tenant_status, m.id, m.user, u.status AS user_status, u.email,
       m.kind, m.about, m.sealed, m.attempts, m.due_at, s.provider, s.from_address, s.url, s.secret
FROM mail m
JOIN tenant t ON t.id = m.tenant
JOIN user u ON u.tenant = m.tenant AND u.id = m.user
LEFT JOIN mail_settings s ON s.tenant = m.tenant
WHERE m.due_at <= ?1
ORDER BY m.due_at
LIMIT 10
