-- ?1 tenant, ?2 connection: the draft was read from a file, which takes the place of what was polled
DELETE FROM connection_metadata
WHERE tenant = ?1 AND connection = ?2
  AND EXISTS (SELECT 1 FROM connection_source s
              WHERE s.tenant = ?1 AND s.connection = ?2 AND s.is_draft = 1 AND s.metadata_url IS NULL)
