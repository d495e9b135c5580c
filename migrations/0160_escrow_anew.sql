-- Whether an organisation's keys were begun anew with this statement, in the place of a chain that nobody held any more.
ALTER TABLE tenant_statement ADD COLUMN is_anew INTEGER NOT NULL DEFAULT 0 CHECK (is_anew IN (0, 1) AND (is_anew = 0 OR sequence = 1));
