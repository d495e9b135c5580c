-- insert_used_factor_challenge
-- ?1 tenant, ?2 challenge, ?3 at
INSERT INTO used_factor_challenge (tenant, challenge, used_at) VALUES (?1, ?2, ?3)
