-- ?1 tenant, ?2 connection
SELECT t.name AS tenant_name, t.status AS tenant_status, t.seats_used < t.seats AS seat_free, c.status, c.version
FROM connection c
JOIN tenant t ON t.id = c.tenant
WHERE c.tenant = ?1 AND c.id = ?2
