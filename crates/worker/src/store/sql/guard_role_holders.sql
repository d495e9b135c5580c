-- ?1 tenant, ?2 role, ?3 [[role, version], …]: whether somebody who has it has one that is none of these, as load_role_holders.sql finds them
INSERT INTO guard (broken)
SELECT 'role-holders'
FROM role r
JOIN tenant t ON t.id = r.tenant
WHERE r.tenant = ?1 AND (r.privileges <> '[]' OR json_extract(r.policies, '$.ip_allow_list') IS NOT NULL)
  AND NOT EXISTS (SELECT 1 FROM json_each(?3) j WHERE j.value ->> 0 = r.id AND j.value ->> 1 = r.version)
  AND EXISTS (SELECT 1
              FROM user_role h
              JOIN user_role o ON o.tenant = h.tenant AND o.user = h.user AND o.role = ?2
              WHERE h.tenant = r.tenant AND h.role = r.id
                AND (json_extract(r.policies, '$.ip_allow_list') IS NOT NULL OR h.source <> 'group' OR t.group_privileges = 1))
LIMIT 1
