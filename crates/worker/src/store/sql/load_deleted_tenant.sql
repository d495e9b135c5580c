-- load_deleted_tenant
-- ?1 before: the one that was deleted longest ago
SELECT t.id FROM tenant t
WHERE t.deleted_at < ?1
ORDER BY t.deleted_at
LIMIT 1
