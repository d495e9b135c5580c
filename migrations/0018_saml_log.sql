-- What went between us and the IdP of each connection: why was this refused?
--
-- A ring of 200 for each connection: a new message takes the place of the one 200 before it, so that whoever posts rubbish fills
-- nothing but this. Nothing in the plain columns is about a person; what the message said is in `sealed`, as text:
--
--   v1.<master>.<base64 of: 12 bytes IV | ciphertext | 16 bytes tag>     (as sp_key.wrapped, migrations/0001)
--
--   of the XML, or of the query that a message came or went with by Redirect; additional data = the UTF-8 of `<tenant>|<connection>|<id>|saml`.
CREATE TABLE saml_message (
  tenant     TEXT    NOT NULL,
  connection TEXT    NOT NULL,
  slot       INTEGER NOT NULL CHECK (slot BETWEEN 0 AND 199),
  number     INTEGER NOT NULL CHECK (number >= 1 AND number % 200 = slot),  -- in the order of their coming
  id         TEXT    NOT NULL,
  time       INTEGER NOT NULL,
  direction  TEXT    NOT NULL CHECK (direction IN ('in', 'out')),
  kind       TEXT    NOT NULL CHECK (kind IN ('Response', 'LogoutRequest', 'LogoutResponse')),
  -- The first check that failed; all before it passed, in the order of keyward_core::saml_log. NULL: none failed.
  stage      TEXT    CHECK (stage IN ('message', 'xml', 'status', 'signature', 'decryption', 'envelope', 'assertion', 'connection', 'request', 'identity', 'account', 'session')),
  code       TEXT    CHECK ((code IS NULL) = (stage IS NULL)),  -- of the refusal; NULL: there was none
  reference  TEXT,   -- what the person was shown; NULL: nothing
  sealed     TEXT,   -- NULL: it was no text, or longer than is kept
  PRIMARY KEY (tenant, connection, slot),
  UNIQUE (tenant, connection, number),
  FOREIGN KEY (tenant, connection) REFERENCES connection (tenant, id)
) STRICT;
CREATE INDEX saml_message_time ON saml_message (time);
