-- ?1 before
DELETE FROM vault_notice
WHERE (tenant, user, id) IN (SELECT n.tenant, n.user, n.id FROM vault_notice n WHERE n.at < ?1 LIMIT 500)
