-- ?1 e-mail, ?2 the hour
SELECT r.code, r.event, r.reference FROM outside_refusal r WHERE r.email = ?1 AND r.hour = ?2
