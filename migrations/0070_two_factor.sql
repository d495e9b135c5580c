-- Second factors, and how far people are with what they are walked through.

-- An authenticator app, a passkey or a security key.
CREATE TABLE factor (
  tenant       TEXT    NOT NULL,
  user         TEXT    NOT NULL,
  id           TEXT    NOT NULL,
  kind         TEXT    NOT NULL CHECK (kind IN ('totp', 'webauthn')),
  name         TEXT    NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
  -- totp: the secret under KEYWARD_MASTER_KEY, in the form of sp_key.wrapped, with `<tenant>|<user>|<id>|totp` as additional
  -- data. webauthn: base64 of the public key (SubjectPublicKeyInfo).
  secret       TEXT    NOT NULL,
  credential   TEXT,   -- base64 of the credential's ID; NULL: an app
  counter      INTEGER NOT NULL DEFAULT 0 CHECK (counter >= 0),
  is_verified  INTEGER NOT NULL DEFAULT 0 CHECK (is_verified IN (0, 1)),
  may_sync     INTEGER NOT NULL DEFAULT 0 CHECK (may_sync IN (0, 1)),
  created_at   INTEGER NOT NULL,
  last_used_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, user, id),
  FOREIGN KEY (tenant, user) REFERENCES user (tenant, id),
  CHECK ((kind = 'webauthn') = (credential IS NOT NULL))
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX factor_credential ON factor (tenant, credential) WHERE credential IS NOT NULL;

-- A time step of an app whose code was used: it is good for nothing any more.
CREATE TABLE used_factor_step (
  tenant  TEXT    NOT NULL,
  user    TEXT    NOT NULL,
  factor  TEXT    NOT NULL,
  step    INTEGER NOT NULL,
  used_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, user, factor, step),
  FOREIGN KEY (tenant, user, factor) REFERENCES factor (tenant, user, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX used_factor_step_used ON used_factor_step (used_at);

-- Ten codes; of each its SHA-256, which nobody can search (80 random bits).
CREATE TABLE backup_code (
  tenant     TEXT    NOT NULL,
  user       TEXT    NOT NULL,
  hash       TEXT    NOT NULL CHECK (length(hash) = 64),
  created_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, user, hash),
  FOREIGN KEY (tenant, user) REFERENCES user (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE used_backup_code (
  tenant  TEXT    NOT NULL,
  user    TEXT    NOT NULL,
  hash    TEXT    NOT NULL,
  used_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, user, hash),
  FOREIGN KEY (tenant, user, hash) REFERENCES backup_code (tenant, user, hash) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- The factor that was shown in a session last.
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

-- A browser in which a person showed a factor: guesses elsewhere cost it nothing.
CREATE TABLE factor_browser (
  tenant        TEXT    NOT NULL,
  user          TEXT    NOT NULL,
  browser       TEXT    NOT NULL CHECK (length(browser) = 64),
  method        TEXT    NOT NULL CHECK (method IN ('totp', 'webauthn', 'backup_code')),
  -- When the person asked not to be asked again here; 0: never. For how long that counts is the policy's to say.
  remembered_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, user, browser),
  FOREIGN KEY (tenant, user) REFERENCES user (tenant, id)
) STRICT, WITHOUT ROWID;

-- A wrong code of an app.
CREATE TABLE factor_failure (
  tenant    TEXT    NOT NULL,
  user      TEXT    NOT NULL,
  id        TEXT    NOT NULL,
  session   TEXT    NOT NULL,
  network   TEXT    NOT NULL,
  -- In a browser in which the person never showed a factor.
  is_unknown INTEGER NOT NULL CHECK (is_unknown IN (0, 1)),
  failed_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, user, id),
  FOREIGN KEY (tenant, user) REFERENCES user (tenant, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX factor_failure_user ON factor_failure (tenant, user, failed_at);
CREATE INDEX factor_failure_failed ON factor_failure (failed_at);

-- A challenge of WebAuthn: of one session, for one ceremony, answered once.
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

-- Who was walked through, since when, and when they were first asked for consent to escrow.
CREATE TABLE onboarding (
  tenant          TEXT    NOT NULL,
  user            TEXT    NOT NULL,
  started_at      INTEGER NOT NULL,
  escrow_asked_at INTEGER,  -- NULL: not yet
  PRIMARY KEY (tenant, user),
  FOREIGN KEY (tenant, user) REFERENCES user (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE onboarding_step (
  tenant TEXT    NOT NULL,
  user   TEXT    NOT NULL,
  step   TEXT    NOT NULL,
  state  TEXT    NOT NULL CHECK (state IN ('done', 'skipped')),
  at     INTEGER NOT NULL,
  PRIMARY KEY (tenant, user, step),
  FOREIGN KEY (tenant, user) REFERENCES user (tenant, id)
) STRICT, WITHOUT ROWID;
