INSERT INTO connection_group_role (tenant, connection, value, role) VALUES (?1, ?2, ?3, ?4)
