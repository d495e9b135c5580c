-- ?1 tenant, ?2 node, ?3 the node above
UPDATE user SET node = ?3
WHERE tenant = ?1 AND node = ?2 AND status = 'deleted'
