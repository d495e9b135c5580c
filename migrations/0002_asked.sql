-- What a person was asked, and on what footing.

-- Whether the person chose this organisation on a page of ours. A tile's address is a link that anybody may send somebody
-- to: where its answer would replace another account of the browser's, the person is asked first.
ALTER TABLE pending_login ADD COLUMN asked INTEGER NOT NULL DEFAULT 1 CHECK (asked IN (0, 1));

-- The connection as it was when its response was judged: any change since (a certificate removed, responses that nobody
-- asked for no longer taken) ends the question. 0, of those asked before this column was there, is no version.
ALTER TABLE confirmation ADD COLUMN connection_version INTEGER NOT NULL DEFAULT 0 CHECK (connection_version >= 0);
