-- insert_device_answer
-- ?1 tenant, ?2 user, ?3 device, ?4 answer, ?5 by, ?6 at
INSERT INTO device_answer (tenant, user, device, answer, answered_by, answered_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6)
