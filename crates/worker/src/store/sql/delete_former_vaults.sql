-- ?1 now
DELETE FROM former_vault
WHERE (tenant, user, ended_at) IN (
  SELECT f.tenant, f.user, f.ended_at FROM former_vault f
  WHERE f.clears_at < ?1 AND NOT EXISTS (
    SELECT 1 FROM former_vault_part p WHERE p.tenant = f.tenant AND p.user = f.user AND p.ended_at = f.ended_at)
  LIMIT 100)
