-- ?1 tenant, ?2 connection, ?3 fingerprint, ?4 due_at: nobody else has looked at it since
INSERT INTO guard (broken)
SELECT 'certificate-due'
WHERE NOT EXISTS (
  SELECT 1 FROM connection_certificate x
  WHERE x.tenant = ?1 AND x.connection = ?2 AND x.stage = 'active' AND x.fingerprint = ?3 AND x.next_look_at = ?4)
