-- ?1 now
SELECT m.tenant, m.connection, c.version, f.idp_entity_id AS entity_id, m.url, m.etag, m.failures, m.next_check_at AS due_at,
       (SELECT json_group_array(json_array(x.fingerprint, x.missing_since))
        FROM connection_certificate x
        WHERE x.tenant = m.tenant AND x.connection = m.connection AND x.stage = 'active') AS pinned
FROM connection_metadata m
JOIN tenant t ON t.id = m.tenant AND t.status = 'active'
JOIN connection c ON c.tenant = m.tenant AND c.id = m.connection AND c.status = 'active'
JOIN connection_configuration f ON f.tenant = m.tenant AND f.connection = m.connection AND f.stage = 'active'
WHERE m.next_check_at <= ?1
ORDER BY m.next_check_at
LIMIT 5
