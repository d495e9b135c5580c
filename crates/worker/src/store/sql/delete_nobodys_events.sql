-- ?1 before: what was refused before it was anybody's
DELETE FROM audit_event
WHERE id IN (SELECT e.id FROM audit_event e WHERE e.tenant IS NULL AND e.time < ?1 LIMIT 500)
