-- update_tenant_kit
-- ?1 tenant, ?2 sequence, ?3 at
UPDATE tenant_statement SET kit_at = ?3 WHERE tenant = ?1 AND sequence = ?2
