-- A vault that a passkey unlocks: its session stays, and does nothing until one was shown.

-- Since when it waits for that; 0: it does not.
ALTER TABLE session ADD COLUMN locked_at INTEGER NOT NULL DEFAULT 0;
-- When a passkey unlocked the device in this session; 0: none did.
ALTER TABLE session_device ADD COLUMN unlocked_at INTEGER NOT NULL DEFAULT 0;

-- Challenges have a third kind, of one device. They live five minutes: who is in the middle of one begins again.
DROP TABLE used_factor_challenge;
DROP TABLE factor_challenge;

-- A challenge of WebAuthn: of one session, for one ceremony, answered once.
CREATE TABLE factor_challenge (
  tenant     TEXT    NOT NULL,
  challenge  TEXT    NOT NULL CHECK (length(challenge) = 64),
  session    TEXT    NOT NULL,
  ceremony   TEXT    NOT NULL CHECK (ceremony IN ('register', 'show', 'unlock')),
  -- The device in which it unlocks; NULL: it does not.
  device     TEXT,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL CHECK (expires_at > created_at),
  PRIMARY KEY (tenant, challenge),
  FOREIGN KEY (tenant, session) REFERENCES session (tenant, token) ON DELETE CASCADE,
  CHECK ((ceremony = 'unlock') = (device IS NOT NULL))
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
