-- ?1 before
DELETE FROM saml_message
WHERE (tenant, connection, ring, slot) IN (
  SELECT e.tenant, e.connection, e.ring, e.slot FROM saml_message e WHERE e.time < ?1 LIMIT 500)
