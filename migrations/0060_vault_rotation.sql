-- Keys of a vault that change. The vault key is wrapped to a pair whose private half is under the recovery phrase, so that new keys
-- are wrapped to it without the phrase. What a phrase of before has cannot be: who made one makes another.

DROP TABLE vault_recovery;
CREATE TABLE vault_recovery (
  tenant     TEXT    NOT NULL,
  user       TEXT    NOT NULL,
  -- The wrap is of the vault key of the statement with this number.
  sequence   INTEGER NOT NULL CHECK (sequence >= 1),
  -- The lock was made at the statement with this number.
  since      INTEGER NOT NULL CHECK (since BETWEEN 1 AND sequence),
  -- The private half, under a phrase of 24 words that the person keeps.
  locked     TEXT    NOT NULL CHECK (length(locked) = 84),
  encryption TEXT    NOT NULL CHECK (length(encryption) = 88),
  wrap       TEXT    NOT NULL CHECK (length(wrap) = 240),
  -- The server is shown the proof and keeps its SHA-256.
  proof      TEXT    NOT NULL CHECK (length(proof) = 64),
  created_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, user),
  FOREIGN KEY (tenant, user, sequence) REFERENCES vault_statement (tenant, user, sequence)
) STRICT, WITHOUT ROWID;
CREATE INDEX vault_recovery_sequence ON vault_recovery (tenant, user, sequence);
