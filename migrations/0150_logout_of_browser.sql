-- Which answer of an IdP's a browser waits for: asked where one came that is not taken.
CREATE INDEX pending_logout_browser ON pending_logout (tenant, browser, created_at);
