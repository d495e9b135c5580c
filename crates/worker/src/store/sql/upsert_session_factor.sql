-- upsert_session_factor
-- ?1 tenant, ?2 token, ?3 user, ?4 method, ?5 at
INSERT INTO session_factor (tenant, token, user, method, shown_at) VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT (tenant, token) DO UPDATE SET method = excluded.method, shown_at = excluded.shown_at
