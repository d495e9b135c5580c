-- Accounts that exist outside a connection, and how they come to sign in by it: by an explicit step, never by an e-mail alone.

-- A link that an admin gave somebody: whoever has it, and signs in at the connection's IdP under the account's e-mail, has the account
-- from then on.
CREATE TABLE claim (
  tenant     TEXT    NOT NULL,
  token      TEXT    NOT NULL UNIQUE CHECK (length(token) = 64),
  user       TEXT    NOT NULL,
  connection TEXT    NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL CHECK (expires_at > created_at),
  PRIMARY KEY (tenant, token),
  FOREIGN KEY (tenant, user) REFERENCES user (tenant, id),
  FOREIGN KEY (tenant, connection) REFERENCES connection (tenant, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX claim_user ON claim (tenant, user, connection);
CREATE INDEX claim_expires ON claim (expires_at);

CREATE TABLE consumed_claim (
  tenant      TEXT    NOT NULL,
  token       TEXT    NOT NULL,
  consumed_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, token),
  FOREIGN KEY (tenant, token) REFERENCES claim (tenant, token) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- The claim that a sign-in began with. NULL: none
ALTER TABLE pending_login ADD COLUMN claim TEXT;

-- A connection that was migrated to another IdP, or to another name for people: until then the account may be found once by its
-- e-mail, and is known by the new name from then on. NULL: it may not
ALTER TABLE identity ADD COLUMN migrates_until INTEGER;
