-- A person's further devices: they ask, and are answered once.

-- Asked for by a session that has proven no device; what is shown of it comes from there, so the approver compares a phrase.
CREATE TABLE device_request (
  tenant     TEXT    NOT NULL,
  user       TEXT    NOT NULL,
  device     TEXT    NOT NULL,
  name       TEXT    NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
  encryption TEXT    NOT NULL CHECK (length(encryption) = 88),
  signing    TEXT    NOT NULL CHECK (length(signing) = 88),
  created_at INTEGER NOT NULL,
  -- For an approval in one of the person's own devices.
  expires_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, user, device),
  FOREIGN KEY (tenant, user) REFERENCES user (tenant, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX device_request_expires ON device_request (expires_at);

-- One answer a request, once and for all.
CREATE TABLE device_answer (
  tenant      TEXT    NOT NULL,
  user        TEXT    NOT NULL,
  device      TEXT    NOT NULL,
  answer      TEXT    NOT NULL CHECK (answer IN ('approved', 'denied')),
  answered_by TEXT    NOT NULL,
  answered_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, user, device),
  FOREIGN KEY (tenant, user, device) REFERENCES device_request (tenant, user, device) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- The vault key under a phrase of 24 words that the person keeps. The server is shown the proof and keeps its SHA-256.
CREATE TABLE vault_recovery (
  tenant     TEXT    NOT NULL,
  user       TEXT    NOT NULL,
  -- The vault key of the statement with this number.
  sequence   INTEGER NOT NULL CHECK (sequence >= 1),
  locked     TEXT    NOT NULL CHECK (length(locked) = 84),
  proof      TEXT    NOT NULL CHECK (length(proof) = 64),
  created_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, user),
  FOREIGN KEY (tenant, user, sequence) REFERENCES vault_statement (tenant, user, sequence)
) STRICT, WITHOUT ROWID;
CREATE INDEX vault_recovery_sequence ON vault_recovery (tenant, user, sequence);
