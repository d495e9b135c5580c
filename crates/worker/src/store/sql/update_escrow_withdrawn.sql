-- ?1 tenant, ?2 user
UPDATE escrow_consent SET consented_at = NULL, tenant_sequence = NULL WHERE tenant = ?1 AND user = ?2
