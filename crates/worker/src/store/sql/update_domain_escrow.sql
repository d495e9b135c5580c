-- ?1 tenant, ?2 domain, ?3 fingerprint or NULL
UPDATE domain SET escrow = ?3 WHERE tenant = ?1 AND name = ?2
