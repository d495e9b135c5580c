-- Escrow (docs/vault-format.md, sections 7 and 8): an organisation's keys, who of its admins holds them, who of its people consented to them, and
-- what they sealed to them. As everywhere, what is sealed is octets to the server, and no key of it is here.

-- The organisation's public keys, a chain: each is signed by the one before it.
CREATE TABLE tenant_statement (
  tenant     TEXT    NOT NULL REFERENCES tenant (id),
  sequence   INTEGER NOT NULL CHECK (sequence >= 1),
  statement  TEXT    NOT NULL CHECK (length(statement) <= 4096),
  made_by    TEXT    NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, sequence),
  FOREIGN KEY (tenant, made_by) REFERENCES user (tenant, id)
) STRICT, WITHOUT ROWID;

-- The private halves, each sealed to the account of an admin.
CREATE TABLE tenant_grant (
  tenant         TEXT    NOT NULL,
  admin          TEXT    NOT NULL,
  sequence       INTEGER NOT NULL,  -- of the organisation's statement
  purpose        TEXT    NOT NULL CHECK (purpose IN ('approval', 'transfer', 'signing')),
  admin_sequence INTEGER NOT NULL,  -- of the statement of the admin whose key it is sealed to
  wrap           TEXT    NOT NULL CHECK (length(wrap) = 240),
  granted_by     TEXT    NOT NULL,
  created_at     INTEGER NOT NULL,
  PRIMARY KEY (tenant, admin, sequence, purpose),
  FOREIGN KEY (tenant, sequence) REFERENCES tenant_statement (tenant, sequence),
  FOREIGN KEY (tenant, admin, admin_sequence) REFERENCES vault_statement (tenant, user, sequence),
  FOREIGN KEY (tenant, granted_by) REFERENCES user (tenant, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX tenant_grant_admin ON tenant_grant (tenant, admin, admin_sequence);
CREATE INDEX tenant_grant_sequence ON tenant_grant (tenant, sequence);

-- Who was asked, and who agreed.
CREATE TABLE escrow_consent (
  tenant          TEXT    NOT NULL,
  user            TEXT    NOT NULL,
  asked_at        INTEGER NOT NULL,
  -- NULL: not, or not any more
  consented_at    INTEGER,
  -- To which statement of the organisation's. NULL: to none.
  tenant_sequence INTEGER,
  PRIMARY KEY (tenant, user),
  FOREIGN KEY (tenant, user) REFERENCES user (tenant, id),
  FOREIGN KEY (tenant, tenant_sequence) REFERENCES tenant_statement (tenant, sequence),
  CHECK ((consented_at IS NULL) = (tenant_sequence IS NULL))
) STRICT, WITHOUT ROWID;

-- The vault key of a person's statement, sealed to a key of an organisation's statement. None without a consent.
CREATE TABLE escrow (
  tenant          TEXT    NOT NULL,
  user            TEXT    NOT NULL,
  purpose         TEXT    NOT NULL CHECK (purpose IN ('approval', 'transfer')),
  sequence        INTEGER NOT NULL,
  tenant_sequence INTEGER NOT NULL,
  wrap            TEXT    NOT NULL CHECK (length(wrap) = 240),
  created_at      INTEGER NOT NULL,
  PRIMARY KEY (tenant, user, purpose),
  FOREIGN KEY (tenant, user) REFERENCES escrow_consent (tenant, user),
  FOREIGN KEY (tenant, user, sequence) REFERENCES vault_statement (tenant, user, sequence),
  FOREIGN KEY (tenant, tenant_sequence) REFERENCES tenant_statement (tenant, sequence)
) STRICT, WITHOUT ROWID;
CREATE INDEX escrow_sequence ON escrow (tenant, user, sequence);
CREATE INDEX escrow_tenant_sequence ON escrow (tenant, tenant_sequence);

-- Until when an admin may answer; 0 where none was asked.
ALTER TABLE device_request ADD COLUMN admin_expires_at INTEGER NOT NULL DEFAULT 0;
-- Whether the person asks for a fresh vault, since nothing opens theirs.
ALTER TABLE device_request ADD COLUMN wants_fresh INTEGER NOT NULL DEFAULT 0 CHECK (wants_fresh IN (0, 1));
-- By which connection the person was signed in when they asked an admin. NULL: none was asked
ALTER TABLE device_request ADD COLUMN via TEXT;
CREATE INDEX device_request_admin ON device_request (tenant, admin_expires_at) WHERE admin_expires_at > 0;

-- The first of two admins, where two are needed.
CREATE TABLE device_vote (
  tenant   TEXT    NOT NULL,
  user     TEXT    NOT NULL,
  device   TEXT    NOT NULL,
  admin    TEXT    NOT NULL,
  voted_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, user, device, admin),
  FOREIGN KEY (tenant, user, device) REFERENCES device_request (tenant, user, device) ON DELETE CASCADE,
  FOREIGN KEY (tenant, admin) REFERENCES user (tenant, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX device_vote_admin ON device_vote (tenant, admin);

-- Whether an approval by admins needs two of them.
ALTER TABLE tenant ADD COLUMN two_person_approval INTEGER NOT NULL DEFAULT 0 CHECK (two_person_approval IN (0, 1));

-- What an admin did to a person's vault: each of their devices is told.
CREATE TABLE vault_notice (
  tenant TEXT    NOT NULL,
  user   TEXT    NOT NULL,
  id     TEXT    NOT NULL,
  kind   TEXT    NOT NULL CHECK (kind IN ('device', 'fresh')),
  admin  TEXT    NOT NULL,
  device TEXT    NOT NULL,
  at     INTEGER NOT NULL,
  PRIMARY KEY (tenant, user, id),
  FOREIGN KEY (tenant, user) REFERENCES user (tenant, id),
  FOREIGN KEY (tenant, admin) REFERENCES user (tenant, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX vault_notice_at ON vault_notice (at);
CREATE INDEX vault_notice_admin ON vault_notice (tenant, admin);
CREATE TABLE vault_notice_seen (
  tenant  TEXT    NOT NULL,
  user    TEXT    NOT NULL,
  notice  TEXT    NOT NULL,
  device  TEXT    NOT NULL,
  seen_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, user, notice, device),
  FOREIGN KEY (tenant, user, notice) REFERENCES vault_notice (tenant, user, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- A vault that a fresh one took the place of, sealed as it was, for 30 days.
CREATE TABLE former_vault (
  tenant    TEXT    NOT NULL,
  user      TEXT    NOT NULL,
  ended_at  INTEGER NOT NULL,
  clears_at INTEGER NOT NULL CHECK (clears_at > ended_at),
  ended_by  TEXT    NOT NULL,
  PRIMARY KEY (tenant, user, ended_at),
  FOREIGN KEY (tenant, user) REFERENCES user (tenant, id),
  FOREIGN KEY (tenant, ended_by) REFERENCES user (tenant, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX former_vault_clears ON former_vault (clears_at);
CREATE INDEX former_vault_ended_by ON former_vault (tenant, ended_by);
CREATE TABLE former_vault_part (
  tenant    TEXT    NOT NULL,
  user      TEXT    NOT NULL,
  ended_at  INTEGER NOT NULL,
  part      TEXT    NOT NULL CHECK (part IN ('statement', 'device', 'sealed', 'recovery')),
  key       TEXT    NOT NULL,
  -- The columns of the row, as JSON.
  kept      TEXT    NOT NULL,
  clears_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, user, ended_at, part, key),
  FOREIGN KEY (tenant, user, ended_at) REFERENCES former_vault (tenant, user, ended_at)
) STRICT;
CREATE INDEX former_vault_part_clears ON former_vault_part (clears_at);
CREATE INDEX former_vault_part_device ON former_vault_part (tenant, user, key) WHERE part = 'device';

-- The vault of somebody who was locked, for who takes it over.
CREATE TABLE vault_handover (
  tenant     TEXT    NOT NULL,
  recipient  TEXT    NOT NULL,
  owner      TEXT    NOT NULL,
  sequence   INTEGER NOT NULL,  -- of the owner's statement
  wrap       TEXT    NOT NULL CHECK (length(wrap) = 240),
  made_by    TEXT    NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, recipient, owner),
  FOREIGN KEY (tenant, recipient) REFERENCES user (tenant, id),
  FOREIGN KEY (tenant, owner, sequence) REFERENCES vault_statement (tenant, user, sequence),
  FOREIGN KEY (tenant, made_by) REFERENCES user (tenant, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX vault_handover_owner ON vault_handover (tenant, owner, sequence);
CREATE INDEX vault_handover_made_by ON vault_handover (tenant, made_by);

-- The fingerprint of the organisation's keys that the domain's record has, when it was looked for last. NULL: none
ALTER TABLE domain ADD COLUMN escrow TEXT CHECK (length(escrow) = 64);

-- Who edited a connection lately approves no device of its people; nor who said which account a name at the IdP opens.
CREATE INDEX audit_event_edited ON audit_event (tenant, actor, time)
  WHERE event IN ('sso_updated', 'connection_activated', 'connection_disabled', 'user_changed');
