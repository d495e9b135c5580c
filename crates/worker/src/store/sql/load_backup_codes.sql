-- load_backup_codes
-- ?1 token
SELECT b.hash
FROM session s
JOIN backup_code b ON b.tenant = s.tenant AND b.user = s.user
WHERE s.token = ?1
  AND NOT EXISTS (SELECT 1 FROM used_backup_code u WHERE u.tenant = b.tenant AND u.user = b.user AND u.hash = b.hash)
