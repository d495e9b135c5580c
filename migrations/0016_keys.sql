-- Our own keys change hands without an outage: published before they are used, and kept for a while after.

-- Since when a key is what it is. 0: since it was made.
ALTER TABLE sp_key ADD COLUMN status_at INTEGER NOT NULL DEFAULT 0 CHECK (status_at >= 0);
CREATE INDEX sp_key_retired ON sp_key (status_at) WHERE status = 'retired';
