-- ?1 now
SELECT d.tenant, d.name, d.status, d.token, d.attempts, d.missing_since, d.created_at, d.next_check_at AS due_at,
       EXISTS (SELECT 1 FROM domain o WHERE o.name = d.name AND o.status = 'reserved' AND o.tenant <> d.tenant) AS taken
FROM domain d
JOIN tenant t ON t.id = d.tenant AND t.status = 'active'
WHERE d.next_check_at <= ?1 AND d.token <> ''
ORDER BY d.next_check_at
LIMIT 10
