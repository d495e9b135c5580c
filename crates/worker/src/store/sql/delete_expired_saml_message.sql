-- ?1 before
DELETE FROM saml_message
WHERE (tenant, connection, slot) IN (
  SELECT e.tenant, e.connection, e.slot FROM saml_message e WHERE e.time < ?1 LIMIT 500)
