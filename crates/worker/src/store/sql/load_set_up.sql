-- where the first run stands: it is open as long as there is nothing but what it made, and nobody in that
SELECT s.closed_at IS NULL
         AND NOT EXISTS (SELECT 1 FROM tenant t WHERE t.id > coalesce(s.tenant, ''))
         AND NOT EXISTS (SELECT 1 FROM tenant t WHERE t.id < coalesce(s.tenant, ''))
         AND NOT EXISTS (SELECT 1 FROM user u WHERE u.tenant = s.tenant AND u.status <> 'invited') AS is_open,
       s.tenant, (SELECT t.name FROM tenant t WHERE t.id = s.tenant) AS tenant_name
FROM set_up s
WHERE s.id = 1
