-- ?1 tenant, ?2 user, ?3 connection
DELETE FROM claim
WHERE tenant = ?1 AND user = ?2 AND connection = ?3
