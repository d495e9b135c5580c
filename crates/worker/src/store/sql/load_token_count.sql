-- ?1 tenant
SELECT count(*) AS count FROM api_token a WHERE a.tenant = ?1
