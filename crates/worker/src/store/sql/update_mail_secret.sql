-- ?1 tenant, ?2 as it is, ?3 sealed anew
UPDATE mail_settings SET secret = ?3 WHERE tenant = ?1 AND secret = ?2
