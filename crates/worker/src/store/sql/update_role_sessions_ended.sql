-- ?1 tenant, ?2 role, ?3 at
UPDATE user SET sessions_ended_at = ?3
WHERE tenant = ?1 AND sessions_ended_at < ?3
  AND id IN (SELECT h.user FROM user_role h WHERE h.tenant = ?1 AND h.role = ?2)
