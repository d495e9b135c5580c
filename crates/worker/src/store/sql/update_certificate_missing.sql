UPDATE connection_certificate SET missing_since = ?4
WHERE tenant = ?1 AND connection = ?2 AND stage = 'active' AND fingerprint = ?3
