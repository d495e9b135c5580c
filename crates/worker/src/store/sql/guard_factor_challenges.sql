-- guard_factor_challenges
-- ?1 tenant, ?2 session, ?3 now, ?4 the most that may be there already
INSERT INTO guard (broken)
SELECT 'factor-challenges'
WHERE (SELECT count(*) FROM factor_challenge c WHERE c.tenant = ?1 AND c.session = ?2 AND c.expires_at > ?3) > ?4
