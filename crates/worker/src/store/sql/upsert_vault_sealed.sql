-- upsert_vault_sealed
-- ?1 tenant, ?2 user, ?3 [[item, kind, revision, sealed], …], ?4 the vault's counter, ?5 at
INSERT INTO vault_sealed (tenant, user, item, kind, revision, changed, sealed, updated_at)
SELECT ?1, ?2, j.value ->> 0, j.value ->> 1, j.value ->> 2, ?4, j.value ->> 3, ?5
FROM json_each(?3) j
WHERE true
ON CONFLICT (tenant, user, item) DO UPDATE SET
  revision = excluded.revision, changed = excluded.changed, sealed = excluded.sealed, updated_at = excluded.updated_at
