-- delete_session_factors
-- ?1 tenant, ?2 user, ?3 but in this session
DELETE FROM session_factor WHERE tenant = ?1 AND user = ?2 AND token <> ?3
