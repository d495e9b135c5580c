-- delete_old_events
-- ?1 now: of the 20 organisations whose logs were cleared longest ago, what is older than each keeps it
DELETE FROM audit_event
WHERE id IN (
  SELECT e.id
  FROM (SELECT t.id, t.audit_days FROM tenant t WHERE t.audit_cleared_at < ?1 ORDER BY t.audit_cleared_at LIMIT 20) o
  JOIN audit_event e ON e.tenant = o.id AND e.time < ?1 - o.audit_days * 86400000
  LIMIT 1000)
