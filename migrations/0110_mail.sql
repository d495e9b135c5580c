-- Notices by mail (docs/operating.md): nothing is written here, and nothing sent, where an organisation did not say by whom.

-- By whom an organisation's mail goes out.
CREATE TABLE mail_settings (
  tenant       TEXT NOT NULL PRIMARY KEY REFERENCES tenant (id),
  -- deployment: as the deployment does it; http: by a service that the organisation named.
  provider     TEXT NOT NULL CHECK (provider IN ('deployment', 'http')),
  from_address TEXT CHECK (length(from_address) BETWEEN 3 AND 254),  -- NULL: the deployment's
  url          TEXT CHECK (length(url) BETWEEN 10 AND 2048),         -- NULL: the deployment's
  -- What the service knows us by, sealed as saml_message.sealed is; additional data = the UTF-8 of `<tenant>|mail`. NULL: the deployment's
  secret       TEXT CHECK (secret GLOB 'v1.????????.?*'),
  CHECK ((provider = 'http') = (url IS NOT NULL)),
  CHECK ((provider = 'http') = (from_address IS NOT NULL)),
  CHECK ((provider = 'http') = (secret IS NOT NULL))
) STRICT, WITHOUT ROWID;

-- A notice to somebody, written with what it tells of; its words are made when it is sent.
CREATE TABLE mail (
  tenant     TEXT    NOT NULL,
  id         TEXT    NOT NULL,
  user       TEXT    NOT NULL,
  kind       TEXT    NOT NULL CHECK (kind <> '' AND kind NOT GLOB '*[^a-z_]*'),
  about      TEXT    NOT NULL CHECK (length(about) <= 500),
  -- What its link ends with, where that is a secret, sealed; additional data = the UTF-8 of `<tenant>|<id>|mail`. NULL: nothing, or it is over
  sealed     TEXT    CHECK (sealed GLOB 'v1.????????.?*'),
  created_at INTEGER NOT NULL,
  due_at     INTEGER,  -- when it is sent, or tried again. NULL: it is over
  attempts   INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
  failure    TEXT,     -- why it was not sent when it was tried last. NULL: it was not tried, or was sent
  sent_at    INTEGER,  -- NULL: it was not
  PRIMARY KEY (tenant, id, user),
  FOREIGN KEY (tenant, user) REFERENCES user (tenant, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX mail_due ON mail (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX mail_listed ON mail (tenant, created_at, id, user);
CREATE INDEX mail_user ON mail (tenant, user);
CREATE INDEX mail_created ON mail (created_at);

-- Where a Worker in local development puts what it would send.
CREATE TABLE mail_outbox (
  tenant     TEXT    NOT NULL,
  id         TEXT    NOT NULL,
  user       TEXT    NOT NULL,
  sender     TEXT    NOT NULL,
  recipient  TEXT    NOT NULL,
  subject    TEXT    NOT NULL,
  text       TEXT    NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, id, user),
  FOREIGN KEY (tenant, id, user) REFERENCES mail (tenant, id, user) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
