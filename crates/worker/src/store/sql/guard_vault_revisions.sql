-- guard_vault_revisions
-- ?1 tenant, ?2 user, ?3 [[item, kind, the revision that is there or 0], …]
INSERT INTO guard (broken)
SELECT 'vault-revisions'
FROM json_each(?3) j
LEFT JOIN vault_sealed v ON v.tenant = ?1 AND v.user = ?2 AND v.item = j.value ->> 0
WHERE coalesce(v.revision, 0) <> j.value ->> 2 OR v.kind <> j.value ->> 1
LIMIT 1
