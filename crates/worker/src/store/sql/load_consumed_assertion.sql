-- ?1 tenant, ?2 issuer, ?3 assertion
SELECT a.consumed_at
FROM consumed_assertion a
WHERE a.tenant = ?1 AND a.issuer = ?2 AND a.assertion = ?3
