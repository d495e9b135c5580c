-- ?1 tenant, ?2 user, ?3 from
UPDATE outside_admin SET signed_in_from = ?3
WHERE tenant = ?1 AND user = ?2
