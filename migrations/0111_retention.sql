-- How long things are kept, and what is asked of whom how often.

-- For how many days the organisation's audit log is kept.
ALTER TABLE tenant ADD COLUMN audit_days INTEGER NOT NULL DEFAULT 365 CHECK (audit_days BETWEEN 30 AND 3650);
-- When it was cleared; whose that is longest ago is next.
ALTER TABLE tenant ADD COLUMN audit_cleared_at INTEGER NOT NULL DEFAULT 0;
CREATE INDEX tenant_audit_cleared ON tenant (audit_cleared_at);
-- When it was deleted; a month later all that is left of it goes. NULL: it is not
ALTER TABLE tenant ADD COLUMN deleted_at INTEGER;
UPDATE tenant SET deleted_at = CAST(unixepoch() AS INTEGER) * 1000 WHERE status = 'deleted';
CREATE INDEX tenant_deleted ON tenant (deleted_at) WHERE deleted_at IS NOT NULL;

-- What the operator made, by the Idempotency-Key of the request.
CREATE TABLE operator_key (
  key        TEXT    NOT NULL PRIMARY KEY CHECK (length(key) BETWEEN 1 AND 64),
  request    TEXT    NOT NULL CHECK (length(request) = 64),  -- SHA-256 of method, path and body, lower-case hex
  made       TEXT    NOT NULL,  -- the id
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX operator_key_created ON operator_key (created_at);

-- How many test sign-ins a person has open.
CREATE INDEX trial_user ON trial (tenant, user, expires_at);
