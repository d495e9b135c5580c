INSERT INTO connection_certificate (tenant, connection, stage, fingerprint, certificate, created_at)
VALUES (?1, ?2, 'active', ?3, ?4, ?5)
