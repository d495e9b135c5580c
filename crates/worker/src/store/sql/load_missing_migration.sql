-- ?1 the names of all; one that was not applied, if any. The table is kept by wrangler, and by scripts/lib/workerd.mjs.
SELECT n.value AS name
FROM json_each(?1) n
WHERE NOT EXISTS (SELECT 1 FROM d1_migrations m WHERE m.name = n.value)
LIMIT 1
