-- load_former_phrases
-- ?1 token: the proofs of the recovery phrases of vaults that another took the place of
SELECT f.ended_at, f.clears_at, json_extract(f.kept, '$[5]') AS proof
FROM session s
JOIN former_vault v ON v.tenant = s.tenant AND v.user = s.user
JOIN former_vault_part f ON f.tenant = v.tenant AND f.user = v.user AND f.ended_at = v.ended_at AND f.part = 'recovery' AND f.key = 'recovery'
WHERE s.token = ?1
LIMIT 50
