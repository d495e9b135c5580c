-- ?1 tenant, ?2 email, ?3 connection: the account that has it, and where it signs in, here before elsewhere
SELECT u.id, u.version, u.status, u.node, u.email, u.name, u.last_sign_in_at,
       (SELECT g.migrates_until FROM identity g
        WHERE g.tenant = u.tenant AND g.user = u.id AND g.connection = ?3) AS migrates_until,
       coalesce((SELECT h.connection FROM identity h WHERE h.tenant = u.tenant AND h.user = u.id AND h.connection = ?3),
                (SELECT min(i.connection) FROM identity i WHERE i.tenant = u.tenant AND i.user = u.id)) AS linked
FROM user u
WHERE u.tenant = ?1 AND u.email = ?2
