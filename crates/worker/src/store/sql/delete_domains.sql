DELETE FROM domain WHERE tenant = ?1
