-- delete_vault_recovery
-- ?1 tenant, ?2 user
DELETE FROM vault_recovery WHERE tenant = ?1 AND user = ?2
