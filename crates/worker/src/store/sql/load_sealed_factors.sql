-- load_sealed_factors
-- ?1 tenant, ?2 user, ?3 id: the last one seen; empty: none was
SELECT f.tenant, f.user, f.id, f.kind, f.secret
FROM factor f
WHERE (f.tenant, f.user, f.id) > (?1, ?2, ?3)
ORDER BY f.tenant, f.user, f.id
LIMIT 50
