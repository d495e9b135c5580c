-- insert_backup_codes
-- ?1 tenant, ?2 user, ?3 [hash, …], ?4 at
INSERT INTO backup_code (tenant, user, hash, created_at)
SELECT ?1, ?2, j.value, ?4 FROM json_each(?3) j
