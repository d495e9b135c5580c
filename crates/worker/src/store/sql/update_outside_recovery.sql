-- ?1 tenant, ?2 user, ?3 recovery, ?4 at
UPDATE outside_admin SET recovery = ?3, changed_at = ?4, version = version + 1
WHERE tenant = ?1 AND user = ?2
