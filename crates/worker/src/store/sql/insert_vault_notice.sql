-- insert_vault_notice
-- ?1 tenant, ?2 user, ?3 id, ?4 kind, ?5 admin, ?6 device, ?7 recipient, ?8 at
INSERT INTO vault_notice (tenant, user, id, kind, admin, device, recipient, at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
