UPDATE identity SET subject = ?4, pinned = NULL, migrates_until = NULL
WHERE tenant = ?1 AND connection = ?2 AND subject = ?3
