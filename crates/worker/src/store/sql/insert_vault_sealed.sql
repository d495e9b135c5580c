-- ?1 tenant, ?2 user, ?3 item, ?4 sealed, ?5 at
INSERT INTO vault_sealed (tenant, user, item, revision, sealed, updated_at)
VALUES (?1, ?2, ?3, 1, ?4, ?5)
