-- ?1 event
UPDATE audit_event SET repeats = repeats + 1
WHERE id = ?1
