-- ?1 tenant, ?2 user
DELETE FROM outside_admin
WHERE tenant = ?1 AND user = ?2
