-- delete_vault_sealed
-- ?1 tenant, ?2 user, ?3 [item, …]
DELETE FROM vault_sealed
WHERE tenant = ?1 AND user = ?2 AND item IN (SELECT j.value FROM json_each(?3) j)
