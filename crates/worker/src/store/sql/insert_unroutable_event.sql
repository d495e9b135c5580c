-- ?1 domain, ?2 SSO name, ?3 connection, as in load_route; the event is written where that finds nothing
INSERT INTO audit_event (id, time, event, code, reference, ip, user_agent, detail)
SELECT ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11
WHERE NOT EXISTS (
  SELECT 1
  FROM connection c
  JOIN connection_configuration f ON f.tenant = c.tenant AND f.connection = c.id AND f.stage = 'active'
  WHERE c.id = coalesce(
    (SELECT d.connection FROM domain d WHERE d.name = ?1 AND d.status = 'reserved'),
    (SELECT s.id FROM connection s WHERE s.sso_name = ?2),
    ?3))
