-- insert_mail_to_admins
-- ?1 tenant, ?2 id, ?3 privilege, ?4 connection, ?5 user, ?6 kind, ?7 about, ?8 at: to those who hold the privilege where the connection or
-- the user is; not to the user
INSERT INTO mail (tenant, id, user, kind, about, created_at, due_at)
WITH RECURSIVE above (id, parent) AS (
  SELECT n.id, n.parent FROM node n
  WHERE n.tenant = ?1 AND n.id IN (
    SELECT c.node FROM connection c WHERE c.tenant = ?1 AND c.id = ?4
    UNION ALL SELECT p.node FROM user p WHERE p.tenant = ?1 AND p.id = ?5)
  UNION ALL
  SELECT n.id, n.parent FROM above a JOIN node n ON n.tenant = ?1 AND n.id = a.parent)
SELECT ?1, ?2, u.id, ?6, ?7, ?8, ?8
FROM above a
JOIN role r ON r.tenant = ?1 AND r.node = a.id AND EXISTS (SELECT 1 FROM json_each(r.privileges) WHERE value = ?3)
JOIN user_role h ON h.tenant = ?1 AND h.role = r.id
JOIN tenant t ON t.id = ?1 AND (h.source <> 'group' OR t.group_privileges = 1)
JOIN user u ON u.tenant = ?1 AND u.id = h.user AND u.status = 'active' AND u.id IS NOT ?5
WHERE EXISTS (SELECT 1 FROM mail_settings m WHERE m.tenant = ?1)
LIMIT 50
ON CONFLICT (tenant, id, user) DO NOTHING
