-- ?1 tenant, ?2 user, ?3 browser, ?4 method, ?5 remembered at, ?6 shown at
INSERT INTO factor_browser (tenant, user, browser, method, remembered_at, shown_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
ON CONFLICT (tenant, user, browser) DO UPDATE SET
  method = excluded.method, remembered_at = excluded.remembered_at, shown_at = excluded.shown_at
