DELETE FROM connection_metadata WHERE tenant = ?1 AND connection = ?2
