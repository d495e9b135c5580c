-- Admins who sign in outside single sign-on, with a password and a second factor; and how an organisation begins.

-- A session may have come by no connection. The column was NOT NULL, so that the table is made anew, and after it those that refer to
-- it: a backup makes tables in this order. (Challenges of authenticators last five minutes: those that are open are asked for again.)
CREATE TABLE kept_session AS SELECT * FROM session;
CREATE TABLE kept_request AS SELECT * FROM consumed_request;
CREATE TABLE kept_confirmation AS SELECT * FROM consumed_confirmation;
CREATE TABLE kept_device AS SELECT * FROM session_device;
CREATE TABLE kept_factor AS SELECT * FROM session_factor;
DROP TABLE used_factor_challenge;
DROP TABLE factor_challenge;
DROP TABLE session_factor;
DROP TABLE session_device;
DROP TABLE consumed_confirmation;
DROP TABLE consumed_request;
DROP TABLE session;

CREATE TABLE session (
  tenant              TEXT    NOT NULL,
  token               TEXT    NOT NULL UNIQUE CHECK (length(token) = 64),
  user                TEXT    NOT NULL,
  connection          TEXT,   -- NULL: outside single sign-on
  browser             TEXT    NOT NULL CHECK (length(browser) = 64),
  session_index       TEXT,   -- the IdP's; NULL: it gave none
  created_user        INTEGER NOT NULL CHECK (created_user IN (0, 1)),  -- the account was made by this sign-in
  previous_sign_in_at INTEGER,  -- NULL: this is the first
  created_at          INTEGER NOT NULL,
  last_seen_at        INTEGER NOT NULL,  -- the idle limit counts from here
  expires_at          INTEGER NOT NULL CHECK (expires_at > created_at),  -- the absolute limit
  revoked_at          INTEGER,  -- NULL: not revoked
  -- The IdP's name for the person, as it was sent. NULL: none was
  name_id             TEXT    CHECK (json_type(name_id) IN ('array')),
  name_key            TEXT,   -- what it is found by. NULL: the same
  authenticated_at    INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (tenant, token),
  FOREIGN KEY (tenant, user) REFERENCES user (tenant, id),
  FOREIGN KEY (tenant, connection) REFERENCES connection (tenant, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX session_browser ON session (browser, created_at);
CREATE INDEX session_user ON session (tenant, user);
CREATE INDEX session_expires ON session (expires_at);
CREATE INDEX session_name ON session (tenant, connection, name_key) WHERE name_key IS NOT NULL;
CREATE INDEX session_index ON session (tenant, connection, session_index) WHERE session_index IS NOT NULL;
INSERT INTO session (tenant, token, user, connection, browser, session_index, created_user, previous_sign_in_at, created_at,
                     last_seen_at, expires_at, revoked_at, name_id, name_key, authenticated_at)
SELECT tenant, token, user, connection, browser, session_index, created_user, previous_sign_in_at, created_at,
       last_seen_at, expires_at, revoked_at, name_id, name_key, authenticated_at
FROM kept_session;
DROP TABLE kept_session;

CREATE TABLE consumed_request (
  tenant      TEXT    NOT NULL,
  request     TEXT    NOT NULL,
  session     TEXT    NOT NULL,  -- the session it opened: the same browser's re-post goes there
  consumed_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, request),
  FOREIGN KEY (tenant, request) REFERENCES pending_login (tenant, request) ON DELETE CASCADE,
  FOREIGN KEY (tenant, session) REFERENCES session (tenant, token) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX consumed_request_session ON consumed_request (tenant, session);
INSERT INTO consumed_request (tenant, request, session, consumed_at) SELECT tenant, request, session, consumed_at FROM kept_request;
DROP TABLE kept_request;
CREATE TABLE consumed_confirmation (
  tenant      TEXT    NOT NULL,
  token       TEXT    NOT NULL,
  session     TEXT,   -- the session it opened; NULL: the person said "not me"
  consumed_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, token),
  FOREIGN KEY (tenant, token) REFERENCES confirmation (tenant, token) ON DELETE CASCADE,
  FOREIGN KEY (tenant, session) REFERENCES session (tenant, token) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX consumed_confirmation_session ON consumed_confirmation (tenant, session);
INSERT INTO consumed_confirmation (tenant, token, session, consumed_at) SELECT tenant, token, session, consumed_at FROM kept_confirmation;
DROP TABLE kept_confirmation;
CREATE TABLE session_device (
  tenant    TEXT    NOT NULL,
  token     TEXT    NOT NULL,
  user      TEXT    NOT NULL,
  device    TEXT    NOT NULL,
  proven_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, token),
  FOREIGN KEY (tenant, token) REFERENCES session (tenant, token) ON DELETE CASCADE,
  FOREIGN KEY (tenant, user, device) REFERENCES device (tenant, user, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX session_device_device ON session_device (tenant, user, device);
INSERT INTO session_device (tenant, token, user, device, proven_at) SELECT tenant, token, user, device, proven_at FROM kept_device;
DROP TABLE kept_device;
CREATE TABLE session_factor (
  tenant   TEXT    NOT NULL,
  token    TEXT    NOT NULL,
  user     TEXT    NOT NULL,
  method   TEXT    NOT NULL CHECK (method IN ('totp', 'webauthn', 'backup_code')),
  shown_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, token),
  FOREIGN KEY (tenant, token) REFERENCES session (tenant, token) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX session_factor_user ON session_factor (tenant, user);
INSERT INTO session_factor (tenant, token, user, method, shown_at) SELECT tenant, token, user, method, shown_at FROM kept_factor;
DROP TABLE kept_factor;
CREATE TABLE factor_challenge (
  tenant     TEXT    NOT NULL,
  challenge  TEXT    NOT NULL CHECK (length(challenge) = 64),
  session    TEXT    NOT NULL,
  ceremony   TEXT    NOT NULL CHECK (ceremony IN ('register', 'show')),
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL CHECK (expires_at > created_at),
  PRIMARY KEY (tenant, challenge),
  FOREIGN KEY (tenant, session) REFERENCES session (tenant, token) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX factor_challenge_session ON factor_challenge (tenant, session, expires_at);
CREATE INDEX factor_challenge_expires ON factor_challenge (expires_at);
CREATE TABLE used_factor_challenge (
  tenant    TEXT    NOT NULL,
  challenge TEXT    NOT NULL,
  used_at   INTEGER NOT NULL,
  PRIMARY KEY (tenant, challenge),
  FOREIGN KEY (tenant, challenge) REFERENCES factor_challenge (tenant, challenge) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- Who signs in outside single sign-on.
CREATE TABLE outside_admin (
  tenant         TEXT    NOT NULL,
  user           TEXT    NOT NULL,
  -- What is typed. It stays what it was when the password was set first, whatever an IdP calls the person: the salt is of it.
  email          TEXT    NOT NULL CHECK (length(email) BETWEEN 3 AND 254),
  -- SHA-256 of what the browser made of the password (keyward_core::outside), lower-case hex.
  verifier       TEXT    NOT NULL CHECK (length(verifier) = 64),
  -- The same of the recovery code. NULL: none was made, or it was used.
  recovery       TEXT    CHECK (length(recovery) = 64),
  -- The address of the last sign-in. NULL: not known
  signed_in_from TEXT,
  version        INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1),  -- grows with every password and recovery code
  created_at     INTEGER NOT NULL,
  changed_at     INTEGER NOT NULL,
  PRIMARY KEY (tenant, user),
  UNIQUE (tenant, email),
  FOREIGN KEY (tenant, user) REFERENCES user (tenant, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX outside_admin_email ON outside_admin (email);

-- Grows with whatever may decide whether one of them can still sign in: what decisions about that rest on.
ALTER TABLE tenant ADD COLUMN outside_version INTEGER NOT NULL DEFAULT 1 CHECK (outside_version >= 1);

-- Links by which somebody sets their password: the first admin of an organisation, or another one.
CREATE TABLE outside_link (
  tenant     TEXT    NOT NULL REFERENCES tenant (id),
  token      TEXT    NOT NULL UNIQUE CHECK (length(token) = 64),
  user       TEXT,   -- NULL: whoever opens it makes the account
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL CHECK (expires_at > created_at),
  PRIMARY KEY (tenant, token),
  FOREIGN KEY (tenant, user) REFERENCES user (tenant, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX outside_link_user ON outside_link (tenant, user);
CREATE INDEX outside_link_expires ON outside_link (expires_at);
CREATE TABLE used_outside_link (
  tenant  TEXT    NOT NULL,
  token   TEXT    NOT NULL,
  used_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, token),
  FOREIGN KEY (tenant, token) REFERENCES outside_link (tenant, token) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- Wrong passwords, by the SHA-256 of the e-mail that was typed, whether there is such an account or not.
CREATE TABLE outside_failure (
  email      TEXT    NOT NULL CHECK (length(email) = 64),
  id         TEXT    NOT NULL,
  network    TEXT    NOT NULL,
  browser    TEXT    NOT NULL CHECK (length(browser) = 64),
  failed_at  INTEGER NOT NULL,
  PRIMARY KEY (email, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX outside_failure_email ON outside_failure (email, failed_at);
CREATE INDEX outside_failure_failed ON outside_failure (failed_at);

-- What the salts of all e-mails are made of, those of nobody's too. Whoever has it can tell no password from it.
CREATE TABLE outside_salt (
  id  INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
  key TEXT    NOT NULL CHECK (length(key) = 64)
) STRICT;
INSERT INTO outside_salt (id, key) VALUES (1, lower(hex(randomblob(32))));

-- The first run. It is open where this row says so, and made once, here: a table without it, a restored one or an emptied one, is
-- closed. A deployment that has an organisation already has nothing to begin.
CREATE TABLE set_up (
  id        INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
  tenant    TEXT    REFERENCES tenant (id),  -- what it made. NULL: nothing yet
  closed_at INTEGER  -- NULL: open
) STRICT;
CREATE INDEX set_up_tenant ON set_up (tenant);
INSERT INTO set_up (id) SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM tenant);
