DELETE FROM node_default_role WHERE tenant = ?1 AND role = ?2
