UPDATE domain SET connection = ?3, version = version + 1
WHERE tenant = ?1 AND name = ?2
