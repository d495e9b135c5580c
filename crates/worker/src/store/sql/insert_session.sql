INSERT INTO session (tenant, token, user, connection, browser, session_index, created_user, previous_sign_in_at,
                     created_at, last_seen_at, expires_at, name_id, name_key, authenticated_at, ip, user_agent)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9, ?10, ?11, ?12, ?13, ?14, ?15)
