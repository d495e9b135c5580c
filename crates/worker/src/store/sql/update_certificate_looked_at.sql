UPDATE connection_certificate SET looked_at = ?4, next_look_at = ?5
WHERE tenant = ?1 AND connection = ?2 AND stage = 'active' AND fingerprint = ?3
