-- ?1 tenant, ?2 id
UPDATE user SET status = 'active', version = version + 1
WHERE tenant = ?1 AND id = ?2 AND status = 'invited'
