-- ?1 tenant, ?2 token, ?3 user, ?4 at, ?5 until
INSERT INTO outside_link (tenant, token, user, created_at, expires_at) VALUES (?1, ?2, ?3, ?4, ?5)
