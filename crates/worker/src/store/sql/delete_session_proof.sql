-- delete_session_proof
-- ?1 tenant, ?2 token
DELETE FROM session_device WHERE tenant = ?1 AND token = ?2
