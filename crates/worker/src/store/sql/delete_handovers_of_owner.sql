-- ?1 tenant, ?2 owner
DELETE FROM vault_handover WHERE tenant = ?1 AND owner = ?2
