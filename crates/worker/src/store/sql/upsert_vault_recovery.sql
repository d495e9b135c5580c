-- upsert_vault_recovery
-- ?1 tenant, ?2 user, ?3 sequence, ?4 locked, ?5 encryption key, ?6 wrap, ?7 proof, ?8 at
INSERT INTO vault_recovery (tenant, user, sequence, since, locked, encryption, wrap, proof, created_at)
VALUES (?1, ?2, ?3, ?3, ?4, ?5, ?6, ?7, ?8)
ON CONFLICT (tenant, user) DO UPDATE SET
  sequence = excluded.sequence, since = excluded.since, locked = excluded.locked, encryption = excluded.encryption,
  wrap = excluded.wrap, proof = excluded.proof, created_at = excluded.created_at
