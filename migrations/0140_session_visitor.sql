-- Where a session was opened: what tells people their own sessions apart.

ALTER TABLE session ADD COLUMN ip TEXT;         -- NULL: the platform said none, or it is older than this column
ALTER TABLE session ADD COLUMN user_agent TEXT; -- NULL: the browser said none, or it is older than this column
