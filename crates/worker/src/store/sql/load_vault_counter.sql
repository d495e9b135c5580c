-- load_vault_counter
-- ?1 token
SELECT v.revision
FROM session s
JOIN vault_sealed v ON v.tenant = s.tenant AND v.user = s.user AND v.item = 'root'
WHERE s.token = ?1
