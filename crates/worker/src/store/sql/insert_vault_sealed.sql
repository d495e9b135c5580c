-- insert_vault_sealed
-- ?1 tenant, ?2 user, ?3 item, ?4 kind, ?5 sealed, ?6 at
INSERT INTO vault_sealed (tenant, user, item, kind, revision, changed, sealed, updated_at)
VALUES (?1, ?2, ?3, ?4, 1, 1, ?5, ?6)
