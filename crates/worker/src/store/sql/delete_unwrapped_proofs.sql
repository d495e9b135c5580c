-- delete_unwrapped_proofs
-- ?1 tenant, ?2 user, ?3 the number of the last statement
DELETE FROM session_device
WHERE tenant = ?1 AND user = ?2
  AND device IN (SELECT d.id FROM device d WHERE d.tenant = ?1 AND d.user = ?2 AND d.sequence < ?3)
