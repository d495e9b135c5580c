-- ?1 tenant, ?2 user, ?3 from, ?4 at
UPDATE outside_admin SET signed_in_from = ?3, signed_in_at = ?4
WHERE tenant = ?1 AND user = ?2
