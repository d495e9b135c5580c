DELETE FROM mail_settings WHERE tenant = ?1
