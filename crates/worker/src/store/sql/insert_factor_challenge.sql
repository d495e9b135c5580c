-- insert_factor_challenge
-- ?1 tenant, ?2 challenge, ?3 session, ?4 ceremony, ?5 at, ?6 until
INSERT INTO factor_challenge (tenant, challenge, session, ceremony, created_at, expires_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
