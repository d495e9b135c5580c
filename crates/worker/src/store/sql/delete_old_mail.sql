-- ?1 before
DELETE FROM mail
WHERE (tenant, id, user) IN (
  SELECT m.tenant, m.id, m.user FROM mail m WHERE m.created_at < ?1 LIMIT 500)
