-- What the console needs: a fresh sign-in at every visit, and people found by part of what they are called.

-- The IdP is asked to sign people in afresh each time (ForceAuthn, Core §3.4.1), whatever it remembers of them.
ALTER TABLE connection ADD COLUMN force_authn INTEGER NOT NULL DEFAULT 0 CHECK (force_authn IN (0, 1));

-- What a user is found by, each once: the words of the name (with its hyphens, and parted at them), the e-mail, and the parts of
-- the e-mail before the @. Lower case as SQLite's lower() has it: ASCII letters. Kept by the triggers below, never written otherwise.
CREATE TABLE user_word (
  tenant TEXT NOT NULL,
  word   TEXT NOT NULL CHECK (word <> ''),
  user   TEXT NOT NULL,
  PRIMARY KEY (tenant, word, user),
  FOREIGN KEY (tenant, user) REFERENCES user (tenant, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX user_word_user ON user_word (tenant, user);

-- The words as they should be. A quoted JSON string is parted by ending and beginning it at each space.
CREATE VIEW user_words AS
SELECT DISTINCT u.tenant, w.value AS word, u.id AS user
FROM user u
JOIN json_each('[' || replace(json_quote(lower(
  u.name || ' ' || replace(u.name, '-', ' ') || ' ' || u.email || ' '
  || replace(replace(replace(substr(u.email, 1, instr(u.email, '@') - 1), '.', ' '), '-', ' '), '_', ' '))), ' ', '","') || ']') w
WHERE w.value <> '';

INSERT INTO user_word SELECT tenant, word, user FROM user_words;

CREATE TRIGGER user_is_found AFTER INSERT ON user
BEGIN
  INSERT INTO user_word SELECT tenant, word, user FROM user_words WHERE tenant = new.tenant AND user = new.id;
END;
CREATE TRIGGER user_is_found_again AFTER UPDATE OF name, email ON user WHEN old.name <> new.name OR old.email <> new.email
BEGIN
  DELETE FROM user_word WHERE tenant = new.tenant AND user = new.id;
  INSERT INTO user_word SELECT tenant, word, user FROM user_words WHERE tenant = new.tenant AND user = new.id;
END;
