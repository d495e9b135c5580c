DELETE FROM domain WHERE tenant = ?1 AND name = ?2
