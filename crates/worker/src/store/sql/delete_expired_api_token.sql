-- ?1 before
DELETE FROM api_token
WHERE (tenant, id) IN (
  SELECT a.tenant, a.id FROM api_token a WHERE a.expires_at < ?1 LIMIT 500)
