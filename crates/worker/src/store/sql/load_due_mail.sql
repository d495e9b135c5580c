-- load_due_mail
-- ?1 now: organisations take turns, so that one with much to send keeps nobody else waiting; of each, the ten that are due first
WITH RECURSIVE waits (tenant) AS (
  SELECT (SELECT min(f.tenant) FROM mail f INDEXED BY mail_waiting WHERE f.tenant > '' AND f.due_at IS NOT NULL)
  UNION ALL
  SELECT (SELECT min(f.tenant) FROM mail f INDEXED BY mail_waiting WHERE f.tenant > w.tenant AND f.due_at IS NOT NULL)
  FROM waits w WHERE w.tenant IS NOT NULL)
SELECT m.tenant, t.name AS organisation, t.status AS tenant_status, m.id, m.user, u.status AS user_status, u.email,
       m.kind, m.about, m.sealed, m.attempts, m.due_at, s.provider, s.from_address, s.url, s.secret
FROM waits w
JOIN mail m INDEXED BY mail_waiting ON m.tenant = w.tenant AND m.due_at <= coalesce(
  (SELECT e.due_at FROM mail e INDEXED BY mail_waiting
   WHERE e.tenant = w.tenant AND e.due_at <= ?1 ORDER BY e.due_at LIMIT 1 OFFSET 9), ?1)
JOIN tenant t ON t.id = m.tenant
JOIN user u ON u.tenant = m.tenant AND u.id = m.user
LEFT JOIN mail_settings s ON s.tenant = m.tenant
ORDER BY row_number() OVER (PARTITION BY m.tenant ORDER BY m.due_at), m.due_at
LIMIT 10
