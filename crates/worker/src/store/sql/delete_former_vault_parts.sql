-- ?1 now
DELETE FROM former_vault_part
WHERE rowid IN (SELECT f.rowid FROM former_vault_part f WHERE f.clears_at < ?1 LIMIT 500)
