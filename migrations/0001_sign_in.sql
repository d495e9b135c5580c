-- What a sign-in needs: tenants, their tree, connections, domains, people, sessions and the record of what happened.
--
-- Conventions, kept by a test over every table:
--   * STRICT, WITHOUT ROWID, NOT NULL unless a comment says what NULL means.
--   * The tenant is the first column of every primary and foreign key, so a reference into another tenant is a
--     constraint failure and not a bug to be found.
--   * Times are milliseconds since the epoch (INTEGER; bound as REAL, which SQLite stores back as the same integer).
--   * Secrets that a browser holds (browser id, session token, confirmation token) are kept only as the lower-case hex of
--     their SHA-256.
--   * Ids are opaque: a prefix (t_ n_ c_ k_ r_ u_ e_) and 20 characters of lower-case base32 (RFC 4648 alphabet).
--   * A rule that a race could break is a UNIQUE key, or a guard (last table). An UPDATE of no rows fails nothing, so
--     whatever may happen only once is an INSERT into a consumed_… table.

CREATE TABLE tenant (
  id         TEXT    NOT NULL PRIMARY KEY,
  name       TEXT    NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
  status     TEXT    NOT NULL CHECK (status IN ('active', 'suspended', 'deleted')),
  seats      INTEGER NOT NULL CHECK (seats >= 0),
  -- Users that are not deleted; kept by the triggers beside the user table, never written otherwise.
  seats_used INTEGER NOT NULL DEFAULT 0 CHECK (seats_used >= 0),
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- A tree: one root a tenant.
CREATE TABLE node (
  tenant     TEXT    NOT NULL REFERENCES tenant (id),
  id         TEXT    NOT NULL,
  parent     TEXT,   -- NULL: the root
  name       TEXT    NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
  created_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, id),
  FOREIGN KEY (tenant, parent) REFERENCES node (tenant, id),
  CHECK (parent <> id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX node_root ON node (tenant) WHERE parent IS NULL;
CREATE INDEX node_parent ON node (tenant, parent);

-- One SAML trust with one IdP, and how people reach it. What is known of the IdP is in connection_configuration.
CREATE TABLE connection (
  tenant              TEXT    NOT NULL REFERENCES tenant (id),
  id                  TEXT    NOT NULL UNIQUE,  -- in URLs: /saml/<id>/acs
  node                TEXT    NOT NULL,         -- new users are created here
  status              TEXT    NOT NULL CHECK (status IN ('draft', 'active', 'disabled')),
  -- Grows with every change of this row, of its active configuration, of its certificates and of its keys: what an
  -- isolate remembers of a connection is good for one version only.
  version             INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1),
  sso_name            TEXT    UNIQUE            -- NULL: none given
    CHECK (length(sso_name) BETWEEN 3 AND 40 AND sso_name NOT GLOB '*[^a-z0-9-]*'),
  jit                 INTEGER NOT NULL CHECK (jit IN (0, 1)),
  idp_initiated       INTEGER NOT NULL CHECK (idp_initiated IN (0, 1)),
  -- JSON array of paths that the RelayState of an unsolicited response may name, each exact.
  idp_initiated_paths TEXT    NOT NULL DEFAULT '[]' CHECK (json_type(idp_initiated_paths) IS 'array'),
  created_at          INTEGER NOT NULL,
  PRIMARY KEY (tenant, id),
  FOREIGN KEY (tenant, node) REFERENCES node (tenant, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX connection_active_at_node ON connection (tenant, node) WHERE status = 'active';

-- What is known of the IdP and how its assertions are read. 'active' is what members sign in with; 'draft' is what an
-- admin edits and tests beside it, and no statement that leads to a session reads it.
CREATE TABLE connection_configuration (
  tenant           TEXT    NOT NULL,
  connection       TEXT    NOT NULL,
  stage            TEXT    NOT NULL CHECK (stage IN ('active', 'draft')),
  idp_name         TEXT    NOT NULL CHECK (length(idp_name) BETWEEN 1 AND 100),  -- for people: Okta
  idp_entity_id    TEXT    NOT NULL CHECK (length(idp_entity_id) BETWEEN 1 AND 1024),
  sso_url          TEXT    NOT NULL,
  sso_binding      TEXT    NOT NULL CHECK (sso_binding IN ('redirect', 'post')),
  -- Hand the e-mail on as the query parameter login_hint.
  login_hint       INTEGER NOT NULL DEFAULT 1 CHECK (login_hint IN (0, 1)),
  sign_requests    INTEGER NOT NULL DEFAULT 1 CHECK (sign_requests IN (0, 1)),
  -- The Format of the NameIDPolicy we ask for. NULL: none asked for.
  name_id_format   TEXT,
  -- NULL: the NameID says who somebody is. Else the Name of the attribute that does, for IdPs whose NameID is transient.
  subject_attribute TEXT   CHECK (length(subject_attribute) BETWEEN 1 AND 256),
  -- A second attribute, pinned at first sign-in (PRODUCT.md §4.1). NULL: none.
  pinned_attribute TEXT    CHECK (length(pinned_attribute) BETWEEN 1 AND 256),
  -- JSON object: the attribute Names of {"email": …, "first": …, "last": …}; "first" and "last" may be missing.
  attribute_mapping TEXT   NOT NULL DEFAULT '{"email":"Email","first":"First","last":"Last"}'
    CHECK (json_type(attribute_mapping, '$.email') IS 'text'),
  -- SHA-1 signatures are taken until then. NULL: never.
  allow_sha1_until INTEGER,
  created_at       INTEGER NOT NULL,
  PRIMARY KEY (tenant, connection, stage),
  FOREIGN KEY (tenant, connection) REFERENCES connection (tenant, id)
) STRICT, WITHOUT ROWID;

-- The IdP's signing certificates; all of a stage are tried.
CREATE TABLE connection_certificate (
  tenant      TEXT    NOT NULL,
  connection  TEXT    NOT NULL,
  stage       TEXT    NOT NULL CHECK (stage IN ('active', 'draft')),
  fingerprint TEXT    NOT NULL CHECK (length(fingerprint) = 64),  -- SHA-256 of the DER, lower-case hex
  certificate TEXT    NOT NULL,  -- base64 of the DER, no line breaks
  created_at  INTEGER NOT NULL,
  PRIMARY KEY (tenant, connection, stage, fingerprint),
  FOREIGN KEY (tenant, connection, stage) REFERENCES connection_configuration (tenant, connection, stage)
) STRICT, WITHOUT ROWID;

-- Our own keys, a pair for each connection and purpose.
--
-- `wrapped` is the PKCS#8 DER of the RSA private key under KEYWARD_MASTER_KEY (base64 of 32 bytes), as text:
--
--   v1.<master>.<base64 of: 12 bytes IV | ciphertext | 16 bytes tag>     (standard base64 with padding)
--
--   AES-256-GCM, the key being the 32 bytes; additional data = the UTF-8 of `<tenant>|<connection>|<purpose>`;
--   <master> = the first 8 characters of the lower-case hex of SHA-256(the 32 bytes): which master key wrapped this row.
CREATE TABLE sp_key (
  tenant      TEXT    NOT NULL,
  connection  TEXT    NOT NULL,
  id          TEXT    NOT NULL,
  purpose     TEXT    NOT NULL CHECK (purpose IN ('sign', 'decrypt')),
  -- next: published in our metadata before it is used; active: used; retired: still published, no longer used.
  status      TEXT    NOT NULL CHECK (status IN ('next', 'active', 'retired')),
  certificate TEXT    NOT NULL,  -- base64 of the DER, no line breaks
  wrapped     TEXT    NOT NULL CHECK (wrapped GLOB 'v1.????????.?*'),
  created_at  INTEGER NOT NULL,
  PRIMARY KEY (tenant, connection, id),
  FOREIGN KEY (tenant, connection) REFERENCES connection (tenant, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX sp_key_active ON sp_key (tenant, connection, purpose) WHERE status = 'active';

-- DNS domains, lower-case ASCII (A-labels), matched exactly. Several tenants may try for one; one owns it.
CREATE TABLE domain (
  tenant     TEXT    NOT NULL REFERENCES tenant (id),
  name       TEXT    NOT NULL CHECK (length(name) BETWEEN 3 AND 253 AND name NOT GLOB '*[^a-z0-9.-]*'),
  status     TEXT    NOT NULL CHECK (status IN ('pending', 'reserved', 'lost')),
  connection TEXT,   -- where its people sign in; NULL: nowhere yet
  created_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, name),
  FOREIGN KEY (tenant, connection) REFERENCES connection (tenant, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX domain_owner ON domain (name) WHERE status = 'reserved';
CREATE INDEX domain_connection ON domain (tenant, connection, name);

CREATE TABLE role (
  tenant     TEXT    NOT NULL REFERENCES tenant (id),
  id         TEXT    NOT NULL,
  node       TEXT    NOT NULL,
  name       TEXT    NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
  created_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, id),
  UNIQUE (tenant, node, name),
  FOREIGN KEY (tenant, node) REFERENCES node (tenant, id)
) STRICT, WITHOUT ROWID;

-- The roles that a user created at a node is given.
CREATE TABLE node_default_role (
  tenant TEXT NOT NULL,
  node   TEXT NOT NULL,
  role   TEXT NOT NULL,
  PRIMARY KEY (tenant, node, role),
  FOREIGN KEY (tenant, node) REFERENCES node (tenant, id),
  FOREIGN KEY (tenant, role) REFERENCES role (tenant, id)
) STRICT, WITHOUT ROWID;

-- People. A deleted user stays as a tombstone, so that just-in-time provisioning does not bring it back.
CREATE TABLE user (
  tenant          TEXT    NOT NULL REFERENCES tenant (id),
  id              TEXT    NOT NULL,
  node            TEXT    NOT NULL,
  status          TEXT    NOT NULL CHECK (status IN ('invited', 'active', 'locked', 'deleted')),
  version         INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1),  -- grows with every change but last_sign_in_at
  email           TEXT    NOT NULL CHECK (length(email) BETWEEN 3 AND 254),  -- lower case, domain in A-labels
  name            TEXT    NOT NULL CHECK (length(name) <= 200),  -- empty: not known
  created_at      INTEGER NOT NULL,
  last_sign_in_at INTEGER,  -- NULL: never
  PRIMARY KEY (tenant, id),
  UNIQUE (tenant, email),   -- tombstones too: an address that is given to somebody else does not inherit an account
  FOREIGN KEY (tenant, node) REFERENCES node (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER user_takes_seat AFTER INSERT ON user WHEN new.status <> 'deleted'
BEGIN
  UPDATE tenant SET seats_used = seats_used + 1 WHERE id = new.tenant;
END;
CREATE TRIGGER user_frees_seat AFTER UPDATE OF status ON user WHEN (old.status = 'deleted') <> (new.status = 'deleted')
BEGIN
  UPDATE tenant SET seats_used = seats_used + iif(new.status = 'deleted', -1, 1) WHERE id = new.tenant;
END;
CREATE TRIGGER user_removed AFTER DELETE ON user WHEN old.status <> 'deleted'
BEGIN
  UPDATE tenant SET seats_used = seats_used - 1 WHERE id = old.tenant;
END;

-- Who a user is at an IdP. Never an e-mail (PRODUCT.md §4.1).
CREATE TABLE identity (
  tenant     TEXT    NOT NULL,
  connection TEXT    NOT NULL,
  -- JSON: ["name-id", format, name qualifier, SP name qualifier, value] or ["attribute", name, value].
  subject    TEXT    NOT NULL CHECK (json_type(subject) IS 'array'),
  user       TEXT    NOT NULL,
  pinned     TEXT,   -- the pinned attribute's value at first sign-in; NULL: none was configured
  created_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, connection, subject),
  UNIQUE (tenant, user, connection),
  FOREIGN KEY (tenant, connection) REFERENCES connection (tenant, id),
  FOREIGN KEY (tenant, user) REFERENCES user (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE user_role (
  tenant     TEXT    NOT NULL,
  user       TEXT    NOT NULL,
  role       TEXT    NOT NULL,
  source     TEXT    NOT NULL CHECK (source IN ('default', 'group', 'direct')),
  created_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, user, role),
  FOREIGN KEY (tenant, user) REFERENCES user (tenant, id),
  FOREIGN KEY (tenant, role) REFERENCES role (tenant, id)
) STRICT, WITHOUT ROWID;

-- A request that we sent to an IdP and that one browser waits for.
CREATE TABLE pending_login (
  tenant     TEXT    NOT NULL,
  request    TEXT    NOT NULL CHECK (request GLOB '_*'),  -- the AuthnRequest's ID
  connection TEXT    NOT NULL,
  browser    TEXT    NOT NULL CHECK (length(browser) = 64),
  return_to  TEXT    NOT NULL CHECK (return_to GLOB '/*'),
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL CHECK (expires_at > created_at),
  PRIMARY KEY (tenant, request),
  FOREIGN KEY (tenant, connection) REFERENCES connection (tenant, id)
) STRICT, WITHOUT ROWID;

-- A signed-in browser.
CREATE TABLE session (
  tenant              TEXT    NOT NULL,
  token               TEXT    NOT NULL UNIQUE CHECK (length(token) = 64),
  user                TEXT    NOT NULL,
  connection          TEXT    NOT NULL,
  browser             TEXT    NOT NULL CHECK (length(browser) = 64),
  session_index       TEXT,   -- the IdP's; NULL: it gave none
  created_user        INTEGER NOT NULL CHECK (created_user IN (0, 1)),  -- the account was made by this sign-in
  previous_sign_in_at INTEGER,  -- NULL: this is the first
  created_at          INTEGER NOT NULL,
  last_seen_at        INTEGER NOT NULL,  -- the idle limit counts from here
  expires_at          INTEGER NOT NULL CHECK (expires_at > created_at),  -- the absolute limit
  revoked_at          INTEGER,  -- NULL: not revoked
  PRIMARY KEY (tenant, token),
  FOREIGN KEY (tenant, user) REFERENCES user (tenant, id),
  FOREIGN KEY (tenant, connection) REFERENCES connection (tenant, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX session_browser ON session (browser, created_at);
CREATE INDEX session_user ON session (tenant, user);

-- An unsolicited response that a person has yet to confirm.
CREATE TABLE confirmation (
  tenant                  TEXT    NOT NULL,
  token                   TEXT    NOT NULL UNIQUE CHECK (length(token) = 64),
  browser                 TEXT    NOT NULL CHECK (length(browser) = 64),
  connection              TEXT    NOT NULL,
  user                    TEXT    NOT NULL,
  created_user            INTEGER NOT NULL CHECK (created_user IN (0, 1)),
  session_index           TEXT,     -- NULL: the IdP gave none
  session_not_on_or_after INTEGER,  -- NULL: the IdP set no limit
  return_to               TEXT    NOT NULL CHECK (return_to GLOB '/*'),
  created_at              INTEGER NOT NULL,
  expires_at              INTEGER NOT NULL CHECK (expires_at > created_at),
  PRIMARY KEY (tenant, token),
  FOREIGN KEY (tenant, user) REFERENCES user (tenant, id),
  FOREIGN KEY (tenant, connection) REFERENCES connection (tenant, id)
) STRICT, WITHOUT ROWID;

-- What may happen once: a second INSERT is a conflict, and the batch that it stands in does nothing.
CREATE TABLE consumed_assertion (
  tenant      TEXT    NOT NULL REFERENCES tenant (id),
  issuer      TEXT    NOT NULL,
  assertion   TEXT    NOT NULL,
  consumed_at INTEGER NOT NULL,
  expires_at  INTEGER NOT NULL,  -- it cannot be accepted after this, consumed or not
  PRIMARY KEY (tenant, issuer, assertion)
) STRICT, WITHOUT ROWID;

CREATE TABLE consumed_request (
  tenant      TEXT    NOT NULL,
  request     TEXT    NOT NULL,
  session     TEXT    NOT NULL,  -- the session it opened: the same browser's re-post goes there
  consumed_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, request),
  FOREIGN KEY (tenant, request) REFERENCES pending_login (tenant, request) ON DELETE CASCADE,
  FOREIGN KEY (tenant, session) REFERENCES session (tenant, token) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX consumed_request_session ON consumed_request (tenant, session);

CREATE TABLE consumed_confirmation (
  tenant      TEXT    NOT NULL,
  token       TEXT    NOT NULL,
  session     TEXT,   -- the session it opened; NULL: the person said "not me"
  consumed_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, token),
  FOREIGN KEY (tenant, token) REFERENCES confirmation (tenant, token) ON DELETE CASCADE,
  FOREIGN KEY (tenant, session) REFERENCES session (tenant, token) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX consumed_confirmation_session ON consumed_confirmation (tenant, session);

-- What happened. Never a key, a token, an assertion or a record's content. Names of people and things are not foreign
-- keys: the log outlives them.
CREATE TABLE audit_event (
  id         TEXT    NOT NULL PRIMARY KEY,
  tenant     TEXT    REFERENCES tenant (id),  -- NULL: nobody's (an unknown domain or connection); the operator's to read
  time       INTEGER NOT NULL,
  event      TEXT    NOT NULL CHECK (event IN (
    'login', 'login_failure', 'logout', 'sso_updated', 'connection_activated', 'domain_reserved', 'domain_lost',
    'auto_invite_user', 'create_user', 'lock_user', 'delete_user', 'role_created', 'role_enforcement_changed', 'added_to_role',
    'removed_from_role', 'device_approval_requested', 'device_approved', 'device_approved_by_admin', 'device_denied',
    'set_two_factor_on', 'set_two_factor_off', 'account_recovery_setup', 'account_recovery_used', 'accept_transfer',
    'vault_transferred', 'imported_records', 'exported_records', 'out_of_seats', 'login_failed_ip_allow_list',
    'certificate_expiring', 'metadata_refreshed', 'metadata_refresh_failed')),
  code       TEXT,   -- of a refusal: kebab-case; NULL: it succeeded
  reference  TEXT,   -- what the person was shown: KW-XXXX-XXXX; NULL: nothing was shown
  actor      TEXT,   -- the user who did it; NULL: nobody signed in
  subject    TEXT,   -- the user it was done to; NULL: not known
  connection TEXT,   -- NULL: none, or not known
  node       TEXT,   -- NULL: none
  ip         TEXT,   -- NULL: not known
  user_agent TEXT,   -- NULL: not sent
  device     TEXT,   -- NULL: none proven
  detail     TEXT    NOT NULL  -- for admins: why, in a sentence; empty: the event says it all
) STRICT, WITHOUT ROWID;
CREATE INDEX audit_event_tenant ON audit_event (tenant, time);
CREATE INDEX audit_event_subject ON audit_event (tenant, subject, time);
CREATE INDEX audit_event_reference ON audit_event (reference);

-- Conditions that a batch depends on: INSERT INTO guard SELECT '<name>' WHERE NOT (<condition>). No row can enter, so
-- the insert does nothing where the condition holds, and where it does not the whole batch fails.
CREATE TABLE guard (
  broken TEXT NOT NULL CONSTRAINT guard CHECK (broken IS NULL)
) STRICT;
