DELETE FROM connection_group_role WHERE tenant = ?1 AND connection = ?2
