-- update_vault_recovery_wrap
-- ?1 tenant, ?2 user, ?3 sequence, ?4 wrap
UPDATE vault_recovery SET sequence = ?3, wrap = ?4 WHERE tenant = ?1 AND user = ?2
