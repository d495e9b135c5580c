-- delete_extension_link
-- ?1 tenant, ?2 browser
DELETE FROM extension_link WHERE tenant = ?1 AND browser = ?2
