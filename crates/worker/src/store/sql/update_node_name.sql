UPDATE node SET name = ?3, version = version + 1
WHERE tenant = ?1 AND id = ?2
