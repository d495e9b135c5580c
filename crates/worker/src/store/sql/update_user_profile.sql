UPDATE user SET email = ?3, name = ?4, version = version + 1
WHERE tenant = ?1 AND id = ?2
