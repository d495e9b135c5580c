-- Where an organisation's people find the browser extension.
CREATE TABLE extension_link (
  tenant  TEXT NOT NULL REFERENCES tenant (id),
  browser TEXT NOT NULL CHECK (browser IN ('chrome', 'edge', 'firefox', 'safari')),
  url     TEXT NOT NULL CHECK (url GLOB 'https://?*' AND length(url) <= 500),
  PRIMARY KEY (tenant, browser)
) STRICT, WITHOUT ROWID;
