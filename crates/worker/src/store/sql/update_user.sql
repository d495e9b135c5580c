UPDATE user SET status = ?3, node = ?4, name = ?5, version = version + 1
WHERE tenant = ?1 AND id = ?2
