-- ?1 tenant, ?2 owner, ?3 recipient
DELETE FROM vault_handover WHERE tenant = ?1 AND recipient = ?3 AND owner = ?2
