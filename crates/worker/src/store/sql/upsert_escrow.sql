-- ?1 tenant, ?2 user, ?3 purpose, ?4 sequence, ?5 the organisation's sequence, ?6 wrap, ?7 at
INSERT INTO escrow (tenant, user, purpose, sequence, tenant_sequence, wrap, created_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
ON CONFLICT (tenant, user, purpose) DO UPDATE SET
  sequence = excluded.sequence, tenant_sequence = excluded.tenant_sequence, wrap = excluded.wrap, created_at = excluded.created_at
