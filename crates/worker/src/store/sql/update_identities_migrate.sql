-- ?1 tenant, ?2 connection, ?3 until
UPDATE identity SET migrates_until = ?3
WHERE tenant = ?1 AND connection = ?2
