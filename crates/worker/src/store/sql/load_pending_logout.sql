-- ?1 tenant, ?2 request
SELECT p.connection, p.browser, p.expires_at, x.request IS NOT NULL AS is_consumed
FROM pending_logout p
LEFT JOIN consumed_logout_answer x ON x.tenant = p.tenant AND x.request = p.request
WHERE p.tenant = ?1 AND p.request = ?2
