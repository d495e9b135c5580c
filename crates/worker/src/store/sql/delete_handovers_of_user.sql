-- ?1 tenant, ?2 user
DELETE FROM vault_handover WHERE tenant = ?1 AND (recipient = ?2 OR owner = ?2)
