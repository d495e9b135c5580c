-- ?1 tenant, ?2 request
SELECT p.request, p.connection, p.browser, p.return_to, p.asked, p.expires_at, x.request IS NOT NULL AS is_consumed
FROM pending_login p
LEFT JOIN consumed_request x ON x.tenant = p.tenant AND x.request = p.request
WHERE p.tenant = ?1 AND p.request = ?2
