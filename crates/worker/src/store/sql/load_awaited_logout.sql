-- ?1 tenant, ?2 connection, ?3 browser: the last request of ours that it took along to that IdP
SELECT p.connection, p.browser, p.expires_at, x.request IS NOT NULL AS is_consumed
FROM pending_logout p
LEFT JOIN consumed_logout_answer x ON x.tenant = p.tenant AND x.request = p.request
WHERE p.tenant = ?1 AND p.browser = ?3 AND p.connection = ?2
ORDER BY p.created_at DESC
LIMIT 1
