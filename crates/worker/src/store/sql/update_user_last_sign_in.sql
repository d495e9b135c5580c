UPDATE user SET last_sign_in_at = ?3
WHERE tenant = ?1 AND id = ?2
