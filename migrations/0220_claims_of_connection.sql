-- Who has a link to sign in by a connection, asked before it is edited.
CREATE INDEX claim_connection ON claim (tenant, connection, user);
