-- ?1 tenant, ?2 user
DELETE FROM vault_statement WHERE tenant = ?1 AND user = ?2
