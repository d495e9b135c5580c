-- ?1 tenant, ?2 after, ?3 how many, ?4 nodes, ?5 e-mail or NULL, ?6 status or NULL
SELECT u.id, u.email, u.name, u.node, u.status, u.created_at, u.last_sign_in_at, u.version,
       EXISTS (SELECT 1 FROM outside_admin x WHERE x.tenant = u.tenant AND x.user = u.id) AS signs_in_outside,
       (SELECT json_group_array(json_object('role', h.role, 'source', h.source))
        FROM user_role h
        WHERE h.tenant = u.tenant AND h.user = u.id) AS roles,
       '[]' AS holds
FROM user u
WHERE u.tenant = ?1 AND u.id > ?2 AND +u.node IN (SELECT value FROM json_each(?4))
  AND (?5 IS NULL OR +u.email = ?5) AND (?6 IS NULL OR u.status = ?6)
ORDER BY u.id
LIMIT ?3
