DELETE FROM user_role WHERE tenant = ?1 AND user = ?2 AND role = ?3
