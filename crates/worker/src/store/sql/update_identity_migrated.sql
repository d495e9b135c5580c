-- ?1 tenant, ?2 connection, ?3 user, ?4 subject, ?5 pinned
UPDATE identity SET subject = ?4, pinned = ?5, migrates_until = NULL
WHERE tenant = ?1 AND user = ?3 AND connection = ?2 AND migrates_until IS NOT NULL
