-- where the first run stands
SELECT s.closed_at, s.tenant, (SELECT t.name FROM tenant t WHERE t.id = s.tenant) AS tenant_name,
       (EXISTS (SELECT 1 FROM tenant t WHERE t.id > coalesce(s.tenant, ''))
        OR EXISTS (SELECT 1 FROM tenant t WHERE t.id < coalesce(s.tenant, ''))) AS has_other
FROM set_up s
WHERE s.id = 1
