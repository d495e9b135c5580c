-- ?1 tenant, ?2 user, ?3 [id, …], ?4 device, ?5 at
INSERT INTO vault_notice_seen (tenant, user, notice, device, seen_at)
SELECT ?1, ?2, n.id, ?4, ?5
FROM json_each(?3) j
JOIN vault_notice n ON n.tenant = ?1 AND n.user = ?2 AND n.id = j.value
WHERE true
ON CONFLICT (tenant, user, notice, device) DO NOTHING
