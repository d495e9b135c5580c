-- insert_former_devices
-- ?1 tenant, ?2 user, ?3 when it was put aside
INSERT INTO device (tenant, user, id, encryption, signing, sequence, wrap, share, created_at, last_used_at, blocked_at, locked_at)
SELECT f.tenant, f.user, f.key, json_extract(f.kept, '$[0]'), json_extract(f.kept, '$[1]'), json_extract(f.kept, '$[2]'),
       json_extract(f.kept, '$[3]'), json_extract(f.kept, '$[4]'), json_extract(f.kept, '$[5]'), json_extract(f.kept, '$[6]'),
       json_extract(f.kept, '$[7]'), json_extract(f.kept, '$[8]')
FROM former_vault_part f
WHERE f.tenant = ?1 AND f.user = ?2 AND f.ended_at = ?3 AND f.part = 'device'
