-- load_handover_changes
-- ?1 token, ?2 whose vault it was, ?3 and ?4 the counter and the item after which to go on
-- As many rows as an answer holds by their size, and the first one in any case.
SELECT c.item, c.kind, c.revision, c.changed, c.sealed
FROM (
  SELECT v.item, v.kind, v.revision, v.changed, v.sealed,
         sum(length(v.sealed)) OVER (ORDER BY v.changed, v.item ROWS UNBOUNDED PRECEDING) - length(v.sealed) AS before
  FROM session s
  JOIN vault_handover h ON h.tenant = s.tenant AND h.recipient = s.user AND h.owner = ?2
  JOIN user o ON o.tenant = h.tenant AND o.id = h.owner AND o.status = 'locked'
  JOIN vault_sealed v ON v.tenant = h.tenant AND v.user = h.owner
  WHERE s.token = ?1 AND (v.changed, v.item) > (?3, ?4)
  ORDER BY v.changed, v.item
  LIMIT 2500
) c
WHERE c.before < 1500000
