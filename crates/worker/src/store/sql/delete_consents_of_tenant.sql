-- ?1 tenant
DELETE FROM escrow_consent WHERE tenant = ?1
