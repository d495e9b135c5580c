-- ?1 tenant
DELETE FROM escrow WHERE tenant = ?1
