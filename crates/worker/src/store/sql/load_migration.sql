-- ?1 its name; none where it was not applied. The table is kept by wrangler, and by scripts/lib/workerd.mjs.
SELECT m.name
FROM d1_migrations m
WHERE m.name = ?1
