-- ?1 domain, ?2 SSO name, ?3 connection, as in load_route; ?4 request, ?5 browser, ?6 return_to, ?7 asked, ?8 created_at, ?9 expires_at,
-- ?10 claim
INSERT INTO pending_login (tenant, request, connection, browser, return_to, asked, created_at, expires_at, claim)
SELECT c.tenant, ?4, c.id, ?5, ?6, ?7, ?8, ?9, ?10
FROM connection c
JOIN tenant t ON t.id = c.tenant AND t.status = 'active'
JOIN connection_configuration f ON f.tenant = c.tenant AND f.connection = c.id AND f.stage = 'active'
WHERE c.status = 'active' AND c.id = coalesce(
  (SELECT d.connection FROM domain d WHERE d.name = ?1 AND d.status = 'reserved'),
  (SELECT s.id FROM connection s WHERE s.sso_name = ?2),
  ?3)
