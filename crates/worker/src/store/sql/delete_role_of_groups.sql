DELETE FROM connection_group_role WHERE tenant = ?1 AND role = ?2
