-- Test sign-ins, and what connections were set up from.

-- A test sign-in that an admin began, for half an hour. It is no pending_login: nothing that answers it opens a session.
CREATE TABLE trial (
  tenant     TEXT    NOT NULL,
  id         TEXT    NOT NULL CHECK (id GLOB '_trial-*'),  -- the AuthnRequest's ID
  connection TEXT    NOT NULL,
  user       TEXT    NOT NULL,  -- the admin, who alone reads the report
  browser    TEXT    NOT NULL CHECK (length(browser) = 64),
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL CHECK (expires_at > created_at),
  PRIMARY KEY (tenant, id),
  FOREIGN KEY (tenant, connection) REFERENCES connection (tenant, id),
  FOREIGN KEY (tenant, user) REFERENCES user (tenant, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX trial_expires ON trial (expires_at);

-- What came of it, once: a second answer is a conflict. It is about a person, and sealed as saml_message.sealed is;
-- additional data = the UTF-8 of `<tenant>|<connection>|<id>|trial`.
CREATE TABLE trial_report (
  tenant     TEXT    NOT NULL,
  trial      TEXT    NOT NULL,
  sealed     TEXT    NOT NULL CHECK (sealed GLOB 'v1.????????.?*'),
  created_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, trial),
  FOREIGN KEY (tenant, trial) REFERENCES trial (tenant, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- What a connection's draft was set up from: the preset (keyward_core::preset), and where its metadata came from. The address
-- is polled from the draft's activation on.
CREATE TABLE connection_source (
  tenant       TEXT NOT NULL,
  connection   TEXT NOT NULL,
  provider     TEXT NOT NULL CHECK (provider <> '' AND provider NOT GLOB '*[^a-z0-9]*'),
  metadata_url TEXT CHECK (length(metadata_url) BETWEEN 10 AND 2048),  -- NULL: it was a file, or pasted
  PRIMARY KEY (tenant, connection),
  FOREIGN KEY (tenant, connection) REFERENCES connection (tenant, id)
) STRICT, WITHOUT ROWID;

-- What was active before what is, to go back to: a configuration with its certificates, as the API shows one.
CREATE TABLE connection_previous (
  tenant        TEXT    NOT NULL,
  connection    TEXT    NOT NULL,
  configuration TEXT    NOT NULL CHECK (json_type(configuration) IS 'object'),
  metadata_url  TEXT,   -- where its metadata was polled; NULL: nowhere
  replaced_at   INTEGER NOT NULL,
  PRIMARY KEY (tenant, connection),
  FOREIGN KEY (tenant, connection) REFERENCES connection (tenant, id)
) STRICT, WITHOUT ROWID;
