-- delete_backup_codes
-- ?1 tenant, ?2 user
DELETE FROM backup_code WHERE tenant = ?1 AND user = ?2
