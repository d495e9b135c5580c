-- ?1 tenant, ?2 connection, ?3 stage
DELETE FROM connection_certificate WHERE tenant = ?1 AND connection = ?2 AND stage = ?3
