UPDATE identity SET pinned = ?4
WHERE tenant = ?1 AND connection = ?2 AND subject = ?3 AND pinned IS NULL
