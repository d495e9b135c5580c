-- What cron looks after: metadata of IdPs, certificates that expire, and rows that nobody needs any longer.

-- Where the IdP of a connection publishes its metadata.
CREATE TABLE connection_metadata (
  tenant        TEXT    NOT NULL,
  connection    TEXT    NOT NULL,
  url           TEXT    NOT NULL CHECK (length(url) BETWEEN 10 AND 2048),
  etag          TEXT,     -- of the document that was taken over last; NULL: it had none, or none was
  failures      INTEGER NOT NULL DEFAULT 0 CHECK (failures >= 0),  -- in a row
  checked_at    INTEGER,  -- NULL: never
  next_check_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, connection),
  FOREIGN KEY (tenant, connection) REFERENCES connection (tenant, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX connection_metadata_due ON connection_metadata (next_check_at);

-- Since when the metadata leaves it out; it is unpinned a week later. NULL: it does not.
ALTER TABLE connection_certificate ADD COLUMN missing_since INTEGER;
-- When its end was looked at. NULL: never
ALTER TABLE connection_certificate ADD COLUMN looked_at INTEGER;
-- When its end is looked at next. NULL: all is told
ALTER TABLE connection_certificate ADD COLUMN next_look_at INTEGER DEFAULT 0;
CREATE INDEX connection_certificate_due ON connection_certificate (stage, next_look_at);

CREATE INDEX pending_login_expires ON pending_login (expires_at);
CREATE INDEX confirmation_expires ON confirmation (expires_at);
CREATE INDEX consumed_assertion_expires ON consumed_assertion (expires_at);
CREATE INDEX session_expires ON session (expires_at);
