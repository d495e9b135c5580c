-- ?1 tenant, ?2 id, ?3 user, ?4 kind, ?5 about, ?6 at: where the organisation has mail go out
INSERT INTO mail (tenant, id, user, kind, about, created_at, due_at)
SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?6
WHERE EXISTS (SELECT 1 FROM mail_settings m WHERE m.tenant = ?1)
