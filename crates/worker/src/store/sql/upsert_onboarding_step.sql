-- upsert_onboarding_step
-- ?1 tenant, ?2 user, ?3 step, ?4 state, ?5 at
INSERT INTO onboarding_step (tenant, user, step, state, at) VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT (tenant, user, step) DO UPDATE SET state = excluded.state, at = excluded.at
