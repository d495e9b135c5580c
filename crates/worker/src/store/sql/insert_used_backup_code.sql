-- insert_used_backup_code
-- ?1 tenant, ?2 user, ?3 hash, ?4 at
INSERT INTO used_backup_code (tenant, user, hash, used_at) VALUES (?1, ?2, ?3, ?4)
