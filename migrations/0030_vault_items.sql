-- What a vault holds, and when it changed, so that a device asks for what changed since it looked.

ALTER TABLE vault_sealed ADD COLUMN kind TEXT NOT NULL DEFAULT 'manifest' CHECK (kind IN ('item', 'folder', 'manifest', 'devices', 'account-keys'));
UPDATE vault_sealed SET kind = item WHERE item IN ('devices', 'account-keys');
-- The counter of the vault (the revision of its root) at which this revision came.
ALTER TABLE vault_sealed ADD COLUMN changed INTEGER NOT NULL DEFAULT 1 CHECK (changed >= 1);
CREATE INDEX vault_sealed_changed ON vault_sealed (tenant, user, changed, item);

ALTER TABLE device ADD COLUMN last_used_at INTEGER NOT NULL DEFAULT 0;
-- NULL: not blocked. A blocked device proves nothing any more, and may be let in again.
ALTER TABLE device ADD COLUMN blocked_at INTEGER;
