-- ?1 tenant, ?2 the kind, ?3 fewer than which wait
INSERT INTO guard (broken)
SELECT 'mail-tests'
WHERE (SELECT count(*) FROM mail m INDEXED BY mail_waiting WHERE m.tenant = ?1 AND m.due_at IS NOT NULL AND m.kind = ?2) >= ?3
