-- ?1 tenant, ?2 connection, ?3 trial, ?4 the admin who began it
SELECT t.id, t.connection, t.expires_at, r.sealed
FROM trial t
LEFT JOIN trial_report r ON r.tenant = t.tenant AND r.trial = t.id
WHERE t.tenant = ?1 AND t.id = ?3 AND t.connection = ?2 AND t.user = ?4
