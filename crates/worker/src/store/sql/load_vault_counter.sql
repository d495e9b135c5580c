-- load_vault_counter
-- ?1 token
SELECT v.revision, (SELECT max(t.sequence) FROM vault_statement t WHERE t.tenant = s.tenant AND t.user = s.user) AS sequence
FROM session s
JOIN vault_sealed v ON v.tenant = s.tenant AND v.user = s.user AND v.item = 'root'
WHERE s.token = ?1
