-- update_audit_cleared
-- ?1 now: the same 20
UPDATE tenant SET audit_cleared_at = ?1
WHERE id IN (SELECT t.id FROM tenant t WHERE t.audit_cleared_at < ?1 ORDER BY t.audit_cleared_at LIMIT 20)
