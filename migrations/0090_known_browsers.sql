-- When a factor was last shown in a browser: what ends somebody's sessions ends what was known before.
ALTER TABLE factor_browser ADD COLUMN shown_at INTEGER NOT NULL DEFAULT 0;
UPDATE factor_browser SET shown_at = remembered_at;
CREATE INDEX factor_browser_shown ON factor_browser (shown_at);

-- Since when somebody has been asked for consent stands in escrow_consent alone.
INSERT INTO escrow_consent (tenant, user, asked_at)
SELECT o.tenant, o.user, o.escrow_asked_at FROM onboarding o WHERE o.escrow_asked_at IS NOT NULL
ON CONFLICT DO NOTHING;
ALTER TABLE onboarding DROP COLUMN escrow_asked_at;
