DELETE FROM user_role WHERE tenant = ?1 AND role = ?2
