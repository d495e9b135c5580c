-- insert_used_factor_step
-- ?1 tenant, ?2 user, ?3 factor, ?4 step, ?5 at
INSERT INTO used_factor_step (tenant, user, factor, step, used_at) VALUES (?1, ?2, ?3, ?4, ?5)
