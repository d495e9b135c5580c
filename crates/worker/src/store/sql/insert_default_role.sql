INSERT INTO node_default_role (tenant, node, role) VALUES (?1, ?2, ?3)
