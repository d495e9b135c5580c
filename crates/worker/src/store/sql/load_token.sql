-- ?1 tenant, ?2 id
SELECT a.id, a.name, a.user, a.node, a.privileges, a.read_only, a.sets_up, a.created_at, a.expires_at, a.revoked_at
FROM api_token a
WHERE a.tenant = ?1 AND a.id = ?2
