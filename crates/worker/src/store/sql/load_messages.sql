-- ?1 tenant, ?2 connection, ?3 before this number, ?4 how many
SELECT m.id, m.number, m.time, m.direction, m.kind, m.stage, m.code, m.reference, m.sealed IS NOT NULL AS is_kept
FROM saml_message m
WHERE m.tenant = ?1 AND m.connection = ?2 AND m.number < ?3
ORDER BY m.number DESC
LIMIT ?4
