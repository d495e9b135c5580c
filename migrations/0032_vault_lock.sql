-- Locking: what was locked opens only for who signed in at the IdP since.

-- AuthnInstant of the assertion; 0 where none is known.
ALTER TABLE session ADD COLUMN authenticated_at INTEGER NOT NULL DEFAULT 0;
-- When the vault was locked in this device; 0 where it never was.
ALTER TABLE device ADD COLUMN locked_at INTEGER NOT NULL DEFAULT 0;
