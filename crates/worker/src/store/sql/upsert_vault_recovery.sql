-- upsert_vault_recovery
-- ?1 tenant, ?2 user, ?3 sequence, ?4 locked, ?5 proof, ?6 at
INSERT INTO vault_recovery (tenant, user, sequence, locked, proof, created_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6)
ON CONFLICT (tenant, user) DO UPDATE SET
  sequence = excluded.sequence, locked = excluded.locked, proof = excluded.proof, created_at = excluded.created_at
