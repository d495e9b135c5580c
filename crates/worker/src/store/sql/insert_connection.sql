INSERT INTO connection (tenant, id, node, status, sso_name, jit, idp_initiated, created_at)
VALUES (?1, ?2, ?3, 'draft', ?4, ?5, 0, ?6)
