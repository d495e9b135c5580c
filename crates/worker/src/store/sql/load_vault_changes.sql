-- load_vault_changes
-- ?1 token, ?2 and ?3 the counter and the item after which to go on
-- As many rows as an answer holds by their size, and the first one in any case.
SELECT c.item, c.kind, c.revision, c.changed, c.sealed
FROM (
  SELECT v.item, v.kind, v.revision, v.changed, v.sealed,
         sum(length(v.sealed)) OVER (ORDER BY v.changed, v.item ROWS UNBOUNDED PRECEDING) - length(v.sealed) AS before
  FROM session s
  JOIN vault_sealed v ON v.tenant = s.tenant AND v.user = s.user
  WHERE s.token = ?1 AND (v.changed, v.item) > (?2, ?3)
  ORDER BY v.changed, v.item
  LIMIT 2500
) c
WHERE c.before < 1500000
