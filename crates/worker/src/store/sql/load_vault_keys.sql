-- ?1 token
SELECT v.item, v.revision, v.sealed
FROM session s
JOIN vault_sealed v ON v.tenant = s.tenant AND v.user = s.user AND v.item IN ('account-keys', 'devices', 'root')
WHERE s.token = ?1
