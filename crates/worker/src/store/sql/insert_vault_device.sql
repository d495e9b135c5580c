-- ?1 tenant, ?2 user, ?3 device, ?4 encryption key, ?5 signing key, ?6 sequence, ?7 wrap, ?8 share, ?9 at
INSERT INTO device (tenant, user, id, encryption, signing, sequence, wrap, share, created_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
