-- insert_former_recovery
-- ?1 tenant, ?2 user, ?3 when it was put aside
INSERT INTO vault_recovery (tenant, user, sequence, since, locked, encryption, wrap, proof, created_at)
SELECT f.tenant, f.user, json_extract(f.kept, '$[0]'), json_extract(f.kept, '$[1]'), json_extract(f.kept, '$[2]'),
       json_extract(f.kept, '$[3]'), json_extract(f.kept, '$[4]'), json_extract(f.kept, '$[5]'), json_extract(f.kept, '$[6]')
FROM former_vault_part f
WHERE f.tenant = ?1 AND f.user = ?2 AND f.ended_at = ?3 AND f.part = 'recovery'
