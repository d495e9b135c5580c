-- ?1 tenant, ?2 id, ?3 user, ?4 due_at: nobody else has taken it
INSERT INTO guard (broken)
SELECT 'mail-due'
WHERE NOT EXISTS (
  SELECT 1 FROM mail m WHERE m.tenant = ?1 AND m.id = ?2 AND m.user = ?3 AND m.due_at = ?4)
