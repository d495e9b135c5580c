-- Single logout (SAML Profiles §4.4), both ways.

-- Whether messages for it are sent and taken.
ALTER TABLE connection ADD COLUMN single_logout INTEGER NOT NULL DEFAULT 1 CHECK (single_logout IN (0, 1));

-- Where the IdP takes LogoutRequests. NULL: it offers no single logout.
ALTER TABLE connection_configuration ADD COLUMN slo_url TEXT CHECK (length(slo_url) BETWEEN 10 AND 2048);
-- Where it takes LogoutResponses. NULL: there, too.
ALTER TABLE connection_configuration ADD COLUMN slo_response_url TEXT CHECK (length(slo_response_url) BETWEEN 10 AND 2048);
ALTER TABLE connection_configuration ADD COLUMN slo_binding TEXT NOT NULL DEFAULT 'redirect' CHECK (slo_binding IN ('redirect', 'post'));

-- The IdP's name for whom a session is of, as it was sent: JSON [value, format, name qualifier, SP name qualifier]. NULL: it sent none.
ALTER TABLE session ADD COLUMN name_id TEXT CHECK (json_type(name_id) IN ('array'));
-- The same with what is left out filled in, to find it by: JSON, as identity.subject has it. NULL: there is no name.
ALTER TABLE session ADD COLUMN name_key TEXT;
CREATE INDEX session_name ON session (tenant, connection, name_key) WHERE name_key IS NOT NULL;
CREATE INDEX session_index ON session (tenant, connection, session_index) WHERE session_index IS NOT NULL;
-- As in session. NULL: the IdP sent none.
ALTER TABLE confirmation ADD COLUMN name_id TEXT CHECK (json_type(name_id) IN ('array'));
-- As in session. NULL: there is no name.
ALTER TABLE confirmation ADD COLUMN name_key TEXT;

-- A LogoutRequest that we sent to an IdP, and whose answer a browser brings.
CREATE TABLE pending_logout (
  tenant     TEXT    NOT NULL,
  request    TEXT    NOT NULL CHECK (request GLOB '_*'),
  connection TEXT    NOT NULL,
  browser    TEXT    NOT NULL CHECK (length(browser) = 64),
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL CHECK (expires_at > created_at),
  PRIMARY KEY (tenant, request),
  FOREIGN KEY (tenant, connection) REFERENCES connection (tenant, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX pending_logout_expires ON pending_logout (expires_at);

-- What may happen once: the answer to ours, and a LogoutRequest of an IdP.
CREATE TABLE consumed_logout_answer (
  tenant      TEXT    NOT NULL,
  request     TEXT    NOT NULL,
  consumed_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, request),
  FOREIGN KEY (tenant, request) REFERENCES pending_logout (tenant, request) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE consumed_logout_request (
  tenant      TEXT    NOT NULL,
  connection  TEXT    NOT NULL,
  request     TEXT    NOT NULL,
  consumed_at INTEGER NOT NULL,
  expires_at  INTEGER NOT NULL,  -- it cannot be accepted after this, consumed or not
  PRIMARY KEY (tenant, connection, request),
  FOREIGN KEY (tenant, connection) REFERENCES connection (tenant, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX consumed_logout_request_expires ON consumed_logout_request (expires_at);
