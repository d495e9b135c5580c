-- Which organisations wait for mail, one look-up each, and for which: they take turns.
CREATE INDEX mail_waiting ON mail (tenant, due_at) WHERE due_at IS NOT NULL;
DROP INDEX mail_due;
