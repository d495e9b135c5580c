-- Whether the source is that of a draft: activating it again begins to poll nothing that an admin stopped polling since.
ALTER TABLE connection_source ADD COLUMN is_draft INTEGER NOT NULL DEFAULT 0 CHECK (is_draft IN (0, 1));
UPDATE connection_source SET is_draft = 1
WHERE EXISTS (SELECT 1 FROM connection_configuration f
              WHERE f.tenant = connection_source.tenant AND f.connection = connection_source.connection AND f.stage = 'draft');
