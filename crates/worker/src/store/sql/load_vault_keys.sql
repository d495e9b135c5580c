-- load_vault_keys
-- ?1 token
SELECT v.revision, v.sealed
FROM session s
JOIN vault_sealed v ON v.tenant = s.tenant AND v.user = s.user AND v.item = 'account-keys'
WHERE s.token = ?1
