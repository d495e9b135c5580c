DELETE FROM connection_configuration WHERE tenant = ?1 AND connection = ?2 AND stage = 'draft'
