-- Tokens are looked up by the SHA-256 of their value.
ALTER TABLE token RENAME TO token_of_version_1;

DROP INDEX token_by_account;

CREATE TABLE token (
    digest BLOB PRIMARY KEY,
    value TEXT NOT NULL,
    account TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    deleted_at INTEGER,
    policy TEXT NOT NULL,
    spent_until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO token (digest, value, account, created_at, deleted_at, policy, spent_until)
SELECT sha256(value), value, account, created_at, deleted_at, policy, spent_until FROM token_of_version_1;

DROP TABLE token_of_version_1;

CREATE INDEX token_by_account ON token (account, created_at, value);

-- Codes are evicted with their messages.
CREATE INDEX code_by_message ON code (account, message);

-- Attempts that were asked for of callbacks of which nothing more is owed, until they have been made.
CREATE TABLE asked (
    account INTEGER NOT NULL,
    callback INTEGER NOT NULL,
    at INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (account, callback, seq)
) STRICT, WITHOUT ROWID;

INSERT INTO asked (account, callback, at, seq)
SELECT account, subject, at, seq FROM agenda a
WHERE kind = 'post' AND EXISTS (SELECT 1 FROM callback c
    WHERE c.account = a.account AND c.key = a.subject AND c.state NOT IN ('due', 'retrying'));
