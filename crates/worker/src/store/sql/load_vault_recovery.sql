-- load_vault_recovery
-- ?1 token
SELECT r.sequence, r.since, r.locked, r.encryption, r.wrap, r.proof, r.created_at
FROM session s
JOIN vault_recovery r ON r.tenant = s.tenant AND r.user = s.user
WHERE s.token = ?1
