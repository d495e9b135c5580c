-- Too many wrong passwords and wrong recovery codes: the first of an hour is written down, and counted from then on, so that whoever
-- goes on fills nobody's log.
ALTER TABLE audit_event ADD COLUMN repeats INTEGER NOT NULL DEFAULT 0 CHECK (repeats >= 0);

-- The first of an hour, by the SHA-256 of the e-mail that was typed, whether there is such an account or not.
CREATE TABLE outside_refusal (
  email     TEXT    NOT NULL CHECK (length(email) = 64),
  code      TEXT    NOT NULL,
  hour      INTEGER NOT NULL CHECK (hour % 3600000 = 0),  -- when the hour began
  event     TEXT    NOT NULL,  -- in the audit log, which may forget it sooner
  reference TEXT    NOT NULL,  -- what everybody is shown who is refused for that in this hour
  PRIMARY KEY (email, code, hour)
) STRICT, WITHOUT ROWID;
CREATE INDEX outside_refusal_hour ON outside_refusal (hour);
