-- ?1 tenant, ?2 connection, ?3 id
SELECT m.id, m.sealed
FROM saml_message m
WHERE m.tenant = ?1 AND m.connection = ?2 AND m.id = ?3
