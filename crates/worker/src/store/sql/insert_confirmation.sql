INSERT INTO confirmation (tenant, token, browser, connection, connection_version, user, created_user, session_index,
                          session_not_on_or_after, return_to, created_at, expires_at, name_id, name_key)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
