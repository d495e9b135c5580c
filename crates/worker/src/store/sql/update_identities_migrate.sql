-- ?1 tenant, ?2 connection, ?3 until
-- The names of the IdP before are names of nobody at the next one, which may know somebody else by the same.
UPDATE identity
SET migrates_until = ?3,
    subject = CASE WHEN json_extract(subject, '$[0]') = 'migrated' THEN subject ELSE json_array('migrated', subject) END
WHERE tenant = ?1 AND connection = ?2
