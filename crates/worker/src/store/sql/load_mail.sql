-- load_mail
-- ?1 tenant, ?2 to ?4 before (time, id, user), ?5 how many
SELECT m.id, m.user, m.kind, m.created_at, m.due_at, m.attempts, m.failure, m.sent_at, t.name AS organisation
FROM mail m
JOIN tenant t ON t.id = m.tenant
WHERE m.tenant = ?1 AND (m.created_at, m.id, m.user) < (?2, ?3, ?4)
ORDER BY m.created_at DESC, m.id DESC, m.user DESC
LIMIT ?5
