-- ?1 tenant, ?2 after, ?3 how many, ?4 JSON array of nodes
SELECT c.id, f.idp_name, m.url AS metadata_url, m.checked_at AS metadata_checked_at, m.failures AS metadata_failures,
       (SELECT json_group_array(k.certificate) FROM connection_certificate k
        WHERE k.tenant = c.tenant AND k.connection = c.id AND k.stage = 'active') AS certificates,
       EXISTS (SELECT 1 FROM sp_key s WHERE s.tenant = c.tenant AND s.connection = c.id AND s.purpose = 'sign'
                                        AND s.status = 'active') AS has_key
FROM connection c
JOIN connection_configuration f ON f.tenant = c.tenant AND f.connection = c.id AND f.stage = 'active'
LEFT JOIN connection_metadata m ON m.tenant = c.tenant AND m.connection = c.id
WHERE c.tenant = ?1 AND c.id > ?2 AND c.status = 'active' AND +c.node IN (SELECT value FROM json_each(?4))
ORDER BY c.id
LIMIT ?3
