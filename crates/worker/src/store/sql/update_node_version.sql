UPDATE node SET version = version + 1
WHERE tenant = ?1 AND id = ?2
