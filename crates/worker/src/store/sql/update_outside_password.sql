-- ?1 tenant, ?2 user, ?3 verifier, ?4 recovery, ?5 at
UPDATE outside_admin SET verifier = ?3, recovery = ?4, changed_at = ?5, version = version + 1
WHERE tenant = ?1 AND user = ?2
