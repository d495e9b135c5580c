-- insert_factor_challenge
-- ?1 tenant, ?2 challenge, ?3 session, ?4 ceremony, ?5 device, ?6 at, ?7 until
INSERT INTO factor_challenge (tenant, challenge, session, ceremony, device, created_at, expires_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
