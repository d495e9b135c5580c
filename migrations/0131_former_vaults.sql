-- What admins did to a vault tells its person of two things more: that it was handed over, and to whom; and that they went back to it.
CREATE TABLE notice_kept AS SELECT tenant, user, id, kind, admin, device, at FROM vault_notice;
CREATE TABLE notice_seen_kept AS SELECT tenant, user, notice, device, seen_at FROM vault_notice_seen;
DROP TABLE vault_notice_seen;
DROP TABLE vault_notice;

CREATE TABLE vault_notice (
  tenant    TEXT    NOT NULL,
  user      TEXT    NOT NULL,
  id        TEXT    NOT NULL,
  kind      TEXT    NOT NULL CHECK (kind IN ('device', 'fresh', 'handover', 'return')),
  -- Who did it: an admin, or its person where they went back to it.
  admin     TEXT    NOT NULL,
  device    TEXT,  -- which was let in, or came back. NULL: none
  recipient TEXT,  -- to whom it was handed over. NULL: to nobody
  at        INTEGER NOT NULL,
  PRIMARY KEY (tenant, user, id),
  FOREIGN KEY (tenant, user) REFERENCES user (tenant, id),
  FOREIGN KEY (tenant, admin) REFERENCES user (tenant, id),
  FOREIGN KEY (tenant, recipient) REFERENCES user (tenant, id),
  CHECK ((kind = 'handover') = (recipient IS NOT NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX vault_notice_at ON vault_notice (at);
CREATE INDEX vault_notice_admin ON vault_notice (tenant, admin);
CREATE INDEX vault_notice_recipient ON vault_notice (tenant, recipient) WHERE recipient IS NOT NULL;
CREATE TABLE vault_notice_seen (
  tenant  TEXT    NOT NULL,
  user    TEXT    NOT NULL,
  notice  TEXT    NOT NULL,
  device  TEXT    NOT NULL,
  seen_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, user, notice, device),
  FOREIGN KEY (tenant, user, notice) REFERENCES vault_notice (tenant, user, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

INSERT INTO vault_notice (tenant, user, id, kind, admin, device, at) SELECT tenant, user, id, kind, admin, device, at FROM notice_kept;
INSERT INTO vault_notice_seen (tenant, user, notice, device, seen_at) SELECT tenant, user, notice, device, seen_at FROM notice_seen_kept;
DROP TABLE notice_seen_kept;
DROP TABLE notice_kept;
