-- ?1 tenant, ?2 now, ?3 nodes: how many browsers of people there wait for an admin
SELECT count(*) AS waiting
FROM device_request r
JOIN user u ON u.tenant = r.tenant AND u.id = r.user
LEFT JOIN device_answer a ON a.tenant = r.tenant AND a.user = r.user AND a.device = r.device
WHERE r.tenant = ?1 AND r.admin_expires_at > 0 AND r.admin_expires_at > ?2 AND +u.node IN (SELECT value FROM json_each(?3))
  AND a.answer IS NULL
