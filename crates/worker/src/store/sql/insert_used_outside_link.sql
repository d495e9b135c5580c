-- ?1 tenant, ?2 token, ?3 at
INSERT INTO used_outside_link (tenant, token, used_at) VALUES (?1, ?2, ?3)
