-- When an admin came in by the password last, which sessions tell for a month only. NULL: not since this is kept.
ALTER TABLE outside_admin ADD COLUMN signed_in_at INTEGER;
UPDATE outside_admin SET signed_in_at = (
  SELECT max(s.created_at) FROM session s
  WHERE s.tenant = outside_admin.tenant AND s.user = outside_admin.user AND s.connection IS NULL);
