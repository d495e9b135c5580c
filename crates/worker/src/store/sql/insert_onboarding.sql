-- insert_onboarding
-- ?1 tenant, ?2 user, ?3 asked for consent to escrow at, ?4 at
INSERT INTO onboarding (tenant, user, started_at, escrow_asked_at) VALUES (?1, ?2, ?4, ?3)
ON CONFLICT (tenant, user) DO UPDATE SET escrow_asked_at = coalesce(onboarding.escrow_asked_at, excluded.escrow_asked_at)
