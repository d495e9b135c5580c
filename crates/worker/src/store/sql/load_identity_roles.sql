-- ?1 tenant, ?2 connection, ?3 subject, ?4 email: what the account holds that the subject opens, or while it migrates the address
SELECT r.role, r.source
FROM user_role r
WHERE r.tenant = ?1
  AND r.user = coalesce((SELECT i.user FROM identity i WHERE i.tenant = ?1 AND i.connection = ?2 AND i.subject = ?3),
                        (SELECT g.user
                         FROM user u
                         JOIN identity g ON g.tenant = u.tenant AND g.user = u.id AND g.connection = ?2
                         WHERE u.tenant = ?1 AND u.email = ?4 AND g.migrates_until IS NOT NULL))
