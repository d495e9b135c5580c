-- ?1 after, ?2 how many
SELECT t.id, t.name, t.status, t.seats, t.seats_used, t.group_privileges, t.audit_days, t.accent,
       (SELECT l.hash FROM tenant_logo l WHERE l.tenant = t.id) AS logo, t.created_at, t.version,
       (SELECT n.id FROM node n WHERE n.tenant = t.id AND n.parent IS NULL) AS root
FROM tenant t
WHERE t.id > ?1
ORDER BY t.id
LIMIT ?2
