-- What an organisation shows of itself where its people sign in.

-- Six hexadecimal digits that can be read on our pages (keyward_core::brand). NULL: ours.
ALTER TABLE tenant ADD COLUMN accent TEXT CHECK (length(accent) = 6 AND accent NOT GLOB '*[^0-9a-f]*');

-- A logo: our own PNG of an organisation's pixels, in base64. It is public, by its hash: kept at hand in KV, where it may be lost.
CREATE TABLE tenant_logo (
  tenant TEXT NOT NULL PRIMARY KEY REFERENCES tenant (id),
  hash   TEXT NOT NULL CHECK (length(hash) = 64 AND hash NOT GLOB '*[^0-9a-f]*'),  -- SHA-256 of the PNG, lower-case hex
  png    TEXT NOT NULL CHECK (length(png) <= 87384)  -- of 64 KiB
) STRICT, WITHOUT ROWID;
CREATE INDEX tenant_logo_hash ON tenant_logo (hash);
