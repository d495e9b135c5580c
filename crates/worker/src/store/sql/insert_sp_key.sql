INSERT INTO sp_key (tenant, connection, id, purpose, status, certificate, wrapped, created_at, status_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8)
