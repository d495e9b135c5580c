-- ?1 tenant, ?2 role: the roles with addresses of their own that somebody has beside it
SELECT r.id, r.policies
FROM role r
WHERE r.tenant = ?1 AND r.id <> ?2 AND json_extract(r.policies, '$.ip_allow_list') IS NOT NULL
  AND EXISTS (SELECT 1
              FROM user_role h
              JOIN user_role o ON o.tenant = h.tenant AND o.user = h.user AND o.role = ?2
              WHERE h.tenant = r.tenant AND h.role = r.id)
