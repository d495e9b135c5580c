-- ?1 tenant, ?2 owner, ?3 recipient, ?4 sequence, ?5 wrap, ?6 by, ?7 at
INSERT INTO vault_handover (tenant, recipient, owner, sequence, wrap, made_by, created_at)
VALUES (?1, ?3, ?2, ?4, ?5, ?6, ?7)
ON CONFLICT (tenant, recipient, owner) DO UPDATE SET
  sequence = excluded.sequence, wrap = excluded.wrap, made_by = excluded.made_by, created_at = excluded.created_at
