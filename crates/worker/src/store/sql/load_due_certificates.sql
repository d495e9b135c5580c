-- ?1 now
SELECT x.tenant, x.connection, x.fingerprint, x.certificate, x.looked_at, x.next_look_at AS due_at
FROM connection_certificate x
WHERE x.stage = 'active' AND x.next_look_at <= ?1
ORDER BY x.next_look_at
LIMIT 20
