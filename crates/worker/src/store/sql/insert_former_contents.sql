-- insert_former_contents
-- ?1 tenant, ?2 user, ?3 when it was put aside
INSERT INTO vault_sealed (tenant, user, item, kind, revision, changed, sealed, updated_at)
SELECT f.tenant, f.user, f.key, json_extract(f.kept, '$[0]'), json_extract(f.kept, '$[1]'), json_extract(f.kept, '$[2]'),
       json_extract(f.kept, '$[3]'), json_extract(f.kept, '$[4]')
FROM former_vault_part f
WHERE f.tenant = ?1 AND f.user = ?2 AND f.ended_at = ?3 AND f.part = 'sealed'
