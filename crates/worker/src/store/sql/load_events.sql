-- ?1 tenant, ?2 and ?3 before (time, id), ?4 how many, ?5 nodes or NULL, ?6 since, ?7 event, ?8 code, ?9 actor, ?10 subject,
-- ?11 connection, ?12 reference; NULL: whatever it is
SELECT e.id, e.time, e.event, e.code, e.reference, e.actor, e.subject, e.connection, e.node, e.ip, e.user_agent, e.device, e.detail, e.repeats
FROM audit_event e
WHERE e.tenant = ?1 AND (e.time, e.id) < (?2, ?3) AND e.time >= ?6
  AND (?5 IS NULL OR +e.node IN (SELECT value FROM json_each(?5)))
  AND (?7 IS NULL OR +e.event = ?7) AND (?8 IS NULL OR +e.code = ?8) AND (?9 IS NULL OR +e.actor = ?9)
  AND (?10 IS NULL OR +e.subject = ?10) AND (?11 IS NULL OR +e.connection = ?11) AND (?12 IS NULL OR +e.reference = ?12)
ORDER BY e.time DESC, e.id DESC
LIMIT ?4
