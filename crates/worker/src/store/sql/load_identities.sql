-- ?1 tenant, ?2 user, ?3 after, ?4 how many
SELECT i.connection, i.subject, i.pinned, i.created_at, f.subject_attribute, f.idp_entity_id
FROM identity i
LEFT JOIN connection_configuration f ON f.tenant = i.tenant AND f.connection = i.connection AND f.stage = 'active'
WHERE i.tenant = ?1 AND i.user = ?2 AND i.connection > ?3
ORDER BY i.connection
LIMIT ?4
