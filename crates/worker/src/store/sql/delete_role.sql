DELETE FROM role WHERE tenant = ?1 AND id = ?2
