-- ?1 tenant, ?2 user, ?3 device, ?4 admin, ?5 at
INSERT INTO device_vote (tenant, user, device, admin, voted_at)
VALUES (?1, ?2, ?3, ?4, ?5)
