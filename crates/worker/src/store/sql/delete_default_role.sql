DELETE FROM node_default_role WHERE tenant = ?1 AND node = ?2 AND role = ?3
