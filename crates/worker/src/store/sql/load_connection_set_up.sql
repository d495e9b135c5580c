-- ?1 tenant, ?2 connection
SELECT s.provider, m.url AS metadata_url, m.checked_at AS metadata_checked_at, m.failures AS metadata_failures,
       p.replaced_at AS previous_replaced_at, p.configuration AS previous, p.metadata_url AS previous_metadata_url,
       (SELECT json_group_array(json_array(k.purpose, k.status, k.certificate)) FROM sp_key k
        WHERE k.tenant = c.tenant AND k.connection = c.id AND k.status <> 'retired') AS keys
FROM connection c
LEFT JOIN connection_source s ON s.tenant = c.tenant AND s.connection = c.id
LEFT JOIN connection_metadata m ON m.tenant = c.tenant AND m.connection = c.id
LEFT JOIN connection_previous p ON p.tenant = c.tenant AND p.connection = c.id
WHERE c.tenant = ?1 AND c.id = ?2
