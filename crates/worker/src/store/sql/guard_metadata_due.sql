-- ?1 tenant, ?2 connection, ?3 due_at: nobody else has polled it since
INSERT INTO guard (broken)
SELECT 'metadata-due'
WHERE NOT EXISTS (
  SELECT 1 FROM connection_metadata m WHERE m.tenant = ?1 AND m.connection = ?2 AND m.next_check_at = ?3)
