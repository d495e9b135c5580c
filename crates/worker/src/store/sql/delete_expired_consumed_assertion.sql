-- ?1 before
DELETE FROM consumed_assertion
WHERE (tenant, issuer, assertion) IN (
  SELECT e.tenant, e.issuer, e.assertion FROM consumed_assertion e WHERE e.expires_at < ?1 LIMIT 500)
