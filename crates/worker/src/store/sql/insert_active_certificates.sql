-- ?1 tenant, ?2 connection, ?3 now: those of the draft
INSERT INTO connection_certificate (tenant, connection, stage, fingerprint, certificate, created_at)
SELECT tenant, connection, 'active', fingerprint, certificate, ?3
FROM connection_certificate
WHERE tenant = ?1 AND connection = ?2 AND stage = 'draft'
