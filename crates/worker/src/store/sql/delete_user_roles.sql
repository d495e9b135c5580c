DELETE FROM user_role WHERE tenant = ?1 AND user = ?2
