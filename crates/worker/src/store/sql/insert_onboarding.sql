-- ?1 tenant, ?2 user, ?3 at
INSERT INTO onboarding (tenant, user, started_at) VALUES (?1, ?2, ?3)
ON CONFLICT (tenant, user) DO NOTHING
