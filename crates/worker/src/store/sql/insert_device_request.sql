-- insert_device_request
-- ?1 tenant, ?2 user, ?3 device, ?4 name, ?5 encryption key, ?6 signing key, ?7 at, ?8 expires at
INSERT INTO device_request (tenant, user, device, name, encryption, signing, created_at, expires_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
