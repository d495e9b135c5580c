DELETE FROM connection_certificate
WHERE tenant = ?1 AND connection = ?2 AND stage = 'active' AND fingerprint = ?3
