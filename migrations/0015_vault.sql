-- What browsers sealed (docs/vault-format.md). The server keeps octets, as base64, and never a key: it checks sizes, versions and
-- whose they are.

-- A person's public keys, a chain: each is signed by the one before it.
CREATE TABLE vault_statement (
  tenant     TEXT    NOT NULL,
  user       TEXT    NOT NULL,
  sequence   INTEGER NOT NULL CHECK (sequence >= 1),
  statement  TEXT    NOT NULL CHECK (length(statement) <= 4096),
  created_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, user, sequence),
  FOREIGN KEY (tenant, user) REFERENCES user (tenant, id)
) STRICT, WITHOUT ROWID;

-- A person's browsers that may open the vault. Both private keys stay in the browser; the wrap opens with one of them and the
-- share together.
CREATE TABLE device (
  tenant     TEXT    NOT NULL,
  user       TEXT    NOT NULL,
  id         TEXT    NOT NULL,
  encryption TEXT    NOT NULL CHECK (length(encryption) = 88),
  signing    TEXT    NOT NULL CHECK (length(signing) = 88),
  -- The vault key of the statement with this number, for this device.
  sequence   INTEGER NOT NULL CHECK (sequence >= 1),
  wrap       TEXT    NOT NULL CHECK (length(wrap) = 240),
  -- Given out to who proved to have the device in a session of its person, and to nobody else.
  share      TEXT    NOT NULL CHECK (length(share) = 44),
  created_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, user, id),
  FOREIGN KEY (tenant, user, sequence) REFERENCES vault_statement (tenant, user, sequence)
) STRICT, WITHOUT ROWID;
CREATE INDEX device_sequence ON device (tenant, user, sequence);

-- What is sealed under the vault key: the account's private keys, the list of devices, the manifest.
CREATE TABLE vault_sealed (
  tenant     TEXT    NOT NULL,
  user       TEXT    NOT NULL,
  item       TEXT    NOT NULL CHECK (length(item) BETWEEN 1 AND 64),
  revision   INTEGER NOT NULL CHECK (revision >= 1),
  sealed     TEXT    NOT NULL CHECK (length(sealed) <= 1500000),
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, user, item),
  FOREIGN KEY (tenant, user) REFERENCES user (tenant, id)
) STRICT;

-- Which device a session proved to come from.
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
