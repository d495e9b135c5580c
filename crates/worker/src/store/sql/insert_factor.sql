-- insert_factor
-- ?1 tenant, ?2 user, ?3 id, ?4 kind, ?5 name, ?6 secret, ?7 credential, ?8 counter, ?9 verified, ?10 may sync, ?11 at
INSERT INTO factor (tenant, user, id, kind, name, secret, credential, counter, is_verified, may_sync, created_at, last_used_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?11)
