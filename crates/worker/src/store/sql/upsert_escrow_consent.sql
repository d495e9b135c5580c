-- ?1 tenant, ?2 user, ?3 the organisation's sequence, ?4 at
INSERT INTO escrow_consent (tenant, user, asked_at, consented_at, tenant_sequence)
VALUES (?1, ?2, ?4, ?4, ?3)
ON CONFLICT (tenant, user) DO UPDATE SET consented_at = excluded.consented_at, tenant_sequence = excluded.tenant_sequence
