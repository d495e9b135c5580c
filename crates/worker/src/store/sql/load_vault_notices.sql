-- load_vault_notices
-- ?1 token: what the device of the session has not told its person
SELECT n.id, n.kind, n.device, n.at, a.email AS admin, r.email AS recipient
FROM session s
JOIN session_device p ON p.tenant = s.tenant AND p.token = s.token
JOIN vault_notice n ON n.tenant = p.tenant AND n.user = p.user
JOIN user a ON a.tenant = n.tenant AND a.id = n.admin
LEFT JOIN user r ON r.tenant = n.tenant AND r.id = n.recipient
WHERE s.token = ?1 AND NOT EXISTS (
  SELECT 1 FROM vault_notice_seen x
  WHERE x.tenant = n.tenant AND x.user = n.user AND x.notice = n.id AND x.device = p.device)
LIMIT 50
