INSERT INTO role (tenant, id, node, name, policies, privileges, created_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
