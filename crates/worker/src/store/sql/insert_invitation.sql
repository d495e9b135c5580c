-- ?1 tenant, ?2 id, ?3 user, ?4 kind, ?5 connection, ?6 sealed, ?7 at, ?8 and ?9 since when not more than how many: where the organisation has
-- mail go out, to an address that is its own
INSERT INTO mail (tenant, id, user, kind, about, sealed, created_at, due_at)
SELECT ?1, ?2, u.id, ?4, '', ?6, ?7, ?7
FROM user u
JOIN domain d ON d.tenant = u.tenant AND d.name = substr(u.email, instr(u.email, '@') + 1)
WHERE u.tenant = ?1 AND u.id = ?3 AND d.status = 'reserved' AND d.connection = ?5
  AND EXISTS (SELECT 1 FROM mail_settings m WHERE m.tenant = ?1)
  AND (SELECT count(*) FROM mail o WHERE o.tenant = ?1 AND o.user = ?3 AND o.kind = ?4 AND o.created_at > ?8) < ?9
