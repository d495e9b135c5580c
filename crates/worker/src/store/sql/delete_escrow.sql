-- ?1 tenant, ?2 user
DELETE FROM escrow WHERE tenant = ?1 AND user = ?2
