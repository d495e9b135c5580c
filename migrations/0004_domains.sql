-- The proof that a domain is a tenant's: a TXT record at _keyward-challenge.<name> that says keyward=<token>.

-- Empty: none was asked for (a domain that was put here by hand), and it is never checked.
ALTER TABLE domain ADD COLUMN token TEXT NOT NULL DEFAULT '' CHECK (token NOT GLOB '*[^a-z2-7]*');
-- Checks since the claim, or since the record was last seen, that did not see it.
ALTER TABLE domain ADD COLUMN attempts INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0);
-- Since when the record of a reserved domain is gone; it is lost a week later. NULL: it was there when last looked for.
ALTER TABLE domain ADD COLUMN missing_since INTEGER;
-- NULL: never checked
ALTER TABLE domain ADD COLUMN checked_at INTEGER;
-- NULL: not to be checked again
ALTER TABLE domain ADD COLUMN next_check_at INTEGER;
CREATE INDEX domain_due ON domain (next_check_at) WHERE next_check_at IS NOT NULL;
