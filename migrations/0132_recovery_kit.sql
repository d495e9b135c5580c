-- When a recovery kit was made of an organisation's keys; 0: none was.
ALTER TABLE tenant_statement ADD COLUMN kit_at INTEGER NOT NULL DEFAULT 0;
