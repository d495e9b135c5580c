-- The SAML log keeps what a pinned key signed apart from what anybody may post, so that no stranger's rubbish takes the place of a
-- message that the IdP made. Beside that, what answers a request of the browser that brought it, unsigned or not rightly signed as it
-- may be: that is what an admin looks for who has the wrong certificate. Each is a ring of its own.
CREATE TABLE saml_message_anew (
  tenant     TEXT    NOT NULL,
  connection TEXT    NOT NULL,
  ring       TEXT    NOT NULL CHECK (ring IN ('signed', 'awaited', 'other')),
  slot       INTEGER NOT NULL CHECK (slot BETWEEN 0 AND CASE ring WHEN 'signed' THEN 119 ELSE 39 END),
  number     INTEGER NOT NULL CHECK (number >= 1),  -- in the order of their coming, over all rings
  id         TEXT    NOT NULL,
  time       INTEGER NOT NULL,
  direction  TEXT    NOT NULL CHECK (direction IN ('in', 'out')),
  kind       TEXT    NOT NULL CHECK (kind IN ('Response', 'LogoutRequest', 'LogoutResponse')),
  -- The first check that failed; all before it passed, in the order of keyward_core::saml_log. NULL: none failed.
  stage      TEXT    CHECK (stage IN ('message', 'xml', 'status', 'signature', 'decryption', 'envelope', 'assertion', 'connection', 'request', 'identity', 'account', 'session')),
  code       TEXT    CHECK ((code IS NULL) = (stage IS NULL)),  -- of the refusal; NULL: there was none
  reference  TEXT,   -- what the person was shown; NULL: nothing
  sealed     TEXT,   -- as before (migrations/0018). NULL: it was no text, or longer than is kept
  PRIMARY KEY (tenant, connection, ring, slot),
  UNIQUE (tenant, connection, ring, number),
  FOREIGN KEY (tenant, connection) REFERENCES connection (tenant, id)
) STRICT;
-- What is there already: what was accepted or sent, or failed at what is only looked at once a signature held, is signed.
INSERT INTO saml_message_anew (tenant, connection, ring, slot, number, id, time, direction, kind, stage, code, reference, sealed)
SELECT tenant, connection, ring, row_number() OVER (PARTITION BY tenant, connection, ring ORDER BY number) - 1,
       number, id, time, direction, kind, stage, code, reference, sealed
FROM (
  SELECT m.*, row_number() OVER (PARTITION BY tenant, connection, ring ORDER BY number DESC) AS back
  FROM (SELECT *, CASE WHEN stage IS NULL OR stage IN ('request', 'identity', 'account', 'session') THEN 'signed' ELSE 'other' END AS ring FROM saml_message) m)
WHERE back <= CASE ring WHEN 'signed' THEN 120 ELSE 40 END;
DROP TABLE saml_message;
ALTER TABLE saml_message_anew RENAME TO saml_message;
CREATE INDEX saml_message_time ON saml_message (time);
