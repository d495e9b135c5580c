-- delete_former_parts_of_user
-- ?1 tenant, ?2 user, ?3 when it was put aside
DELETE FROM former_vault_part WHERE tenant = ?1 AND user = ?2 AND ended_at = ?3
