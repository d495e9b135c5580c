-- What admins and the operator may do, and by which tokens.

-- JSON array of the privileges that the role's holders have at its node and below (keyward_core::admin::Privilege).
ALTER TABLE role ADD COLUMN privileges TEXT NOT NULL DEFAULT '[]' CHECK (json_type(privileges) IS 'array');
-- Grow with every change by an admin: what a decision rests on, and what clients compare.
ALTER TABLE role ADD COLUMN version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1);
ALTER TABLE node ADD COLUMN version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1);
ALTER TABLE domain ADD COLUMN version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1);
ALTER TABLE tenant ADD COLUMN version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1);
-- Whether roles that groups of an IdP give carry privileges too; else they carry policies only.
ALTER TABLE tenant ADD COLUMN group_privileges INTEGER NOT NULL DEFAULT 0 CHECK (group_privileges IN (0, 1));

-- Who has a role, which nodes give it, and which groups do: asked before a role changes or goes.
CREATE INDEX user_role_role ON user_role (tenant, role);
CREATE INDEX node_default_role_role ON node_default_role (tenant, role);
CREATE INDEX connection_group_role_role ON connection_group_role (tenant, role);
-- What is at a node: asked before it goes.
CREATE INDEX user_node ON user (tenant, node);
CREATE INDEX connection_node ON connection (tenant, node);

-- Tokens for automation. What one may do is never more than what its person holds at the moment.
CREATE TABLE api_token (
  tenant     TEXT    NOT NULL REFERENCES tenant (id),
  id         TEXT    NOT NULL,
  hash       TEXT    NOT NULL UNIQUE CHECK (length(hash) = 64),
  name       TEXT    NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
  user       TEXT,   -- NULL: it sets the organisation up, or was made by one that does
  node       TEXT    NOT NULL,
  privileges TEXT    NOT NULL CHECK (json_type(privileges) IS 'array'),
  read_only  INTEGER NOT NULL CHECK (read_only IN (0, 1)),
  sets_up    INTEGER NOT NULL CHECK (sets_up IN (0, 1)),
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL CHECK (expires_at > created_at),
  revoked_at INTEGER,  -- NULL: not ended
  PRIMARY KEY (tenant, id),
  FOREIGN KEY (tenant, user) REFERENCES user (tenant, id),
  FOREIGN KEY (tenant, node) REFERENCES node (tenant, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX api_token_node ON api_token (tenant, node);
CREATE INDEX api_token_user ON api_token (tenant, user);
CREATE INDEX api_token_expires ON api_token (expires_at);

-- Requests that made something, by the Idempotency-Key of whoever sent them: sent again, they are told what was made.
CREATE TABLE idempotency_key (
  tenant     TEXT    NOT NULL REFERENCES tenant (id),
  actor      TEXT    NOT NULL,  -- a user or a token
  key        TEXT    NOT NULL CHECK (length(key) BETWEEN 1 AND 64),
  request    TEXT    NOT NULL CHECK (length(request) = 64),  -- SHA-256 of method, path and body, lower-case hex
  made       TEXT    NOT NULL,  -- the id
  created_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, actor, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_key_created ON idempotency_key (created_at);

-- The names of events are the code's (keyward_core::audit::Event); a list here would have to be rebuilt with each new one.
ALTER TABLE audit_event RENAME COLUMN event TO listed;
ALTER TABLE audit_event ADD COLUMN event TEXT NOT NULL DEFAULT 'unknown' CHECK (event <> '' AND event NOT GLOB '*[^a-z_]*');
UPDATE audit_event SET event = listed;
ALTER TABLE audit_event DROP COLUMN listed;
