-- ?1 tenant, ?2 role: of those who have it, the roles with addresses of their own that they have beside it, what they hold, and the roles
-- that say so, with their versions (guard_role_holders.sql compares them)
SELECT (SELECT json_group_array(json_array(r.id, json(r.policies)))
        FROM role r
        WHERE r.tenant = ?1 AND r.id <> ?2 AND json_extract(r.policies, '$.ip_allow_list') IS NOT NULL
          AND EXISTS (SELECT 1
                      FROM user_role h
                      JOIN user_role o ON o.tenant = h.tenant AND o.user = h.user AND o.role = ?2
                      WHERE h.tenant = r.tenant AND h.role = r.id)) AS beside,
       (SELECT json_group_array(json_array(r.node, json(r.privileges)))
        FROM role r
        JOIN tenant t ON t.id = r.tenant
        WHERE r.tenant = ?1 AND r.privileges <> '[]'
          AND EXISTS (SELECT 1
                      FROM user_role h
                      JOIN user_role o ON o.tenant = h.tenant AND o.user = h.user AND o.role = ?2
                      WHERE h.tenant = r.tenant AND h.role = r.id
                        AND (h.source <> 'group' OR t.group_privileges = 1))) AS hold,
       (SELECT json_group_array(json_array(r.id, r.version))
        FROM role r
        JOIN tenant t ON t.id = r.tenant
        WHERE r.tenant = ?1 AND (r.privileges <> '[]' OR json_extract(r.policies, '$.ip_allow_list') IS NOT NULL)
          AND EXISTS (SELECT 1
                      FROM user_role h
                      JOIN user_role o ON o.tenant = h.tenant AND o.user = h.user AND o.role = ?2
                      WHERE h.tenant = r.tenant AND h.role = r.id
                        AND (json_extract(r.policies, '$.ip_allow_list') IS NOT NULL OR h.source <> 'group' OR t.group_privileges = 1))) AS by
