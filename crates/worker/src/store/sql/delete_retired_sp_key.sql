-- ?1 before
DELETE FROM sp_key
WHERE (tenant, connection, id) IN (
  SELECT e.tenant, e.connection, e.id FROM sp_key e WHERE e.status = 'retired' AND e.status_at < ?1 LIMIT 100)
