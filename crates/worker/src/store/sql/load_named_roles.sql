-- ?1 tenant, ?2 ids
SELECT r.id, r.node, r.name, r.policies, r.privileges, r.created_at, r.version
FROM role r
WHERE r.tenant = ?1 AND r.id IN (SELECT value FROM json_each(?2))
