-- ?1 tenant, or NULL: the first run is open, and made that
INSERT INTO guard (broken)
SELECT 'set-up'
WHERE NOT EXISTS (
  SELECT 1 FROM set_up s
  WHERE s.id = 1 AND s.closed_at IS NULL AND s.tenant IS ?1
    AND NOT EXISTS (SELECT 1 FROM tenant t WHERE t.id > coalesce(?1, ''))
    AND NOT EXISTS (SELECT 1 FROM tenant t WHERE t.id < coalesce(?1, ''))
    AND NOT EXISTS (SELECT 1 FROM user u WHERE u.tenant = ?1 AND u.status <> 'invited'))
