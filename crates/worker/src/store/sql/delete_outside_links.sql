-- ?1 tenant, ?2 user, or NULL: those that are for whoever opens them
DELETE FROM outside_link
WHERE tenant = ?1 AND user IS ?2
