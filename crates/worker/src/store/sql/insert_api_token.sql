INSERT INTO api_token (tenant, id, hash, name, user, node, privileges, read_only, sets_up, created_at, expires_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
