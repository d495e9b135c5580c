INSERT INTO connection_certificate (tenant, connection, stage, fingerprint, certificate, created_at)
VALUES (?1, ?2, 'draft', ?3, ?4, ?5)
