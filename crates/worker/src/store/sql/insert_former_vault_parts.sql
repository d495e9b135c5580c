-- insert_former_vault_parts
-- ?1 tenant, ?2 user, ?3 at, ?4 until
INSERT INTO former_vault_part (tenant, user, ended_at, part, key, kept, clears_at)
SELECT ?1, ?2, ?3, 'statement', v.sequence, json_array(v.statement, v.created_at), ?4
FROM vault_statement v WHERE v.tenant = ?1 AND v.user = ?2
UNION ALL
SELECT ?1, ?2, ?3, 'device', d.id, json_array(d.encryption, d.signing, d.sequence, d.wrap, d.share, d.created_at, d.last_used_at, d.blocked_at, d.locked_at), ?4
FROM device d WHERE d.tenant = ?1 AND d.user = ?2
UNION ALL
SELECT ?1, ?2, ?3, 'sealed', i.item, json_array(i.kind, i.revision, i.changed, i.sealed, i.updated_at), ?4
FROM vault_sealed i WHERE i.tenant = ?1 AND i.user = ?2
UNION ALL
SELECT ?1, ?2, ?3, 'recovery', 'recovery', json_array(r.sequence, r.since, r.locked, r.encryption, r.wrap, r.proof, r.created_at), ?4
FROM vault_recovery r WHERE r.tenant = ?1 AND r.user = ?2
