UPDATE identity SET pinned = NULL
WHERE tenant = ?1 AND connection = ?2 AND subject = ?3
