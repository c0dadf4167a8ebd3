-- All state. Instants are microseconds UTC; JSON is kept as text. No default reads the world (D3).
-- Indexes that only searches need are made when somebody searches (lists.sql): most accounts are never asked.

CREATE TABLE account (
    key INTEGER PRIMARY KEY AUTOINCREMENT, -- a key is never used again: what was in flight for it must not find another
    id TEXT NOT NULL UNIQUE,
    created_at INTEGER NOT NULL,
    spec TEXT NOT NULL,
    clock_mode TEXT NOT NULL,
    clock_rate REAL NOT NULL,
    clock_shown INTEGER NOT NULL,
    clock_since INTEGER NOT NULL,
    clock_pinned INTEGER NOT NULL,
    generation INTEGER NOT NULL,
    serial INTEGER NOT NULL,
    jobs INTEGER NOT NULL,
    requests INTEGER NOT NULL,
    callbacks INTEGER NOT NULL,
    messages INTEGER NOT NULL,
    last_message INTEGER NOT NULL,
    script INTEGER NOT NULL,
    script_since INTEGER NOT NULL,
    origin TEXT
) STRICT;

-- Scenarios that accounts were given; rows never change. Key 0 is the server's own and is not here.
CREATE TABLE script (
    key INTEGER PRIMARY KEY AUTOINCREMENT, -- made of the document: what was read of one must not stand for another
    document TEXT NOT NULL UNIQUE
) STRICT;

-- How many have fitted a counting rule since the scenario is in force.
CREATE TABLE tally (
    account INTEGER NOT NULL,
    section TEXT NOT NULL,
    rule INTEGER NOT NULL,
    fitted INTEGER NOT NULL,
    PRIMARY KEY (account, section, rule)
) STRICT, WITHOUT ROWID;

-- When the queue before a channel is through.
CREATE TABLE queue (
    account INTEGER NOT NULL,
    channel TEXT NOT NULL,
    free_at INTEGER NOT NULL,
    PRIMARY KEY (account, channel)
) STRICT, WITHOUT ROWID;

-- Looked up by the SHA-256 of its value. A deleted token stays as a tombstone: it never comes back (A-4).
CREATE TABLE token (
    digest BLOB PRIMARY KEY,
    value TEXT NOT NULL,
    account TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    deleted_at INTEGER,
    policy TEXT NOT NULL,
    spent_until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX token_by_account ON token (account, created_at, value);

CREATE TABLE job (
    account INTEGER NOT NULL,
    key INTEGER NOT NULL,
    api_job_id TEXT NOT NULL,
    client_job_id TEXT,
    accepted_at INTEGER NOT NULL,
    first INTEGER NOT NULL,
    size INTEGER NOT NULL,
    callback_url TEXT,
    reply_url TEXT,
    product TEXT NOT NULL,
    promotional INTEGER NOT NULL,
    request BLOB NOT NULL,
    token TEXT,
    left_out TEXT,
    line INTEGER NOT NULL,
    PRIMARY KEY (account, key)
) STRICT, WITHOUT ROWID;

-- Destinations of a job that share plan and timing: the status of 50,000 messages is one row (D5).
CREATE TABLE cohort (
    account INTEGER NOT NULL,
    key INTEGER NOT NULL,
    job INTEGER NOT NULL,
    members TEXT NOT NULL,
    plan TEXT NOT NULL,
    leg INTEGER NOT NULL,
    step INTEGER NOT NULL,
    started_at INTEGER NOT NULL,
    channel TEXT NOT NULL,
    status TEXT NOT NULL,
    timeline TEXT NOT NULL,
    PRIMARY KEY (account, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX cohort_by_job ON cohort (account, job);

-- ordinal: the first 16 digits of the message id, counted without gaps (D19).
CREATE TABLE message (
    account INTEGER NOT NULL,
    ordinal INTEGER NOT NULL,
    job INTEGER NOT NULL,
    cohort INTEGER NOT NULL,
    number TEXT NOT NULL,
    custom_id TEXT,
    params TEXT,
    PRIMARY KEY (account, ordinal)
) STRICT, WITHOUT ROWID;

-- Messages that are written before their job, so that a large request does not hold up the others.
CREATE TABLE reserved (
    account INTEGER NOT NULL,
    first INTEGER NOT NULL,
    size INTEGER NOT NULL,
    PRIMARY KEY (account, first)
) STRICT, WITHOUT ROWID;

CREATE TABLE agenda (
    account INTEGER NOT NULL,
    at INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    kind TEXT NOT NULL,
    subject INTEGER NOT NULL,
    act INTEGER NOT NULL DEFAULT 0,
    done INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (account, at, seq)
) STRICT, WITHOUT ROWID;

CREATE INDEX agenda_moves ON agenda (account, subject) WHERE kind <> 'post';

CREATE INDEX agenda_posts ON agenda (account, subject) WHERE kind = 'post';

-- The outbox (D8).
CREATE TABLE callback (
    account INTEGER NOT NULL,
    key INTEGER NOT NULL,
    job INTEGER NOT NULL,
    kind TEXT NOT NULL,
    url TEXT NOT NULL,
    state TEXT NOT NULL,
    due_at INTEGER NOT NULL,
    tried INTEGER NOT NULL,
    bundle TEXT NOT NULL,
    injected TEXT,
    since INTEGER NOT NULL,
    PRIMARY KEY (account, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX callback_by_job ON callback (account, job);

CREATE INDEX callback_owed ON callback (account, job) WHERE state IN ('due', 'retrying');

CREATE TABLE attempt (
    account INTEGER NOT NULL,
    callback INTEGER NOT NULL,
    number INTEGER NOT NULL,
    at INTEGER NOT NULL,
    real_at INTEGER NOT NULL,
    ended_at INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    status INTEGER,
    error TEXT,
    answer TEXT,
    injected TEXT,
    PRIMARY KEY (account, callback, number)
) STRICT, WITHOUT ROWID;

-- Attempts that were asked for of callbacks of which nothing more is owed, until they have been made.
CREATE TABLE asked (
    account INTEGER NOT NULL,
    callback INTEGER NOT NULL,
    at INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (account, callback, seq)
) STRICT, WITHOUT ROWID;

-- Answers of handsets; message and ordinal are message ordinals, of which the second is no message.
CREATE TABLE reply (
    account INTEGER NOT NULL,
    message INTEGER NOT NULL,
    number INTEGER NOT NULL,
    channel TEXT NOT NULL,
    text TEXT,
    at INTEGER NOT NULL,
    ordinal INTEGER NOT NULL,
    callback INTEGER,
    silent TEXT,
    key INTEGER NOT NULL,
    since INTEGER NOT NULL,
    PRIMARY KEY (account, message, number)
) STRICT, WITHOUT ROWID;

CREATE INDEX reply_by_key ON reply (account, key);

CREATE INDEX reply_by_callback ON reply (account, callback) WHERE callback IS NOT NULL;

CREATE TABLE click (
    account INTEGER NOT NULL,
    message INTEGER NOT NULL,
    number INTEGER NOT NULL,
    at INTEGER NOT NULL,
    title TEXT NOT NULL,
    target_url TEXT NOT NULL,
    PRIMARY KEY (account, message, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE request (
    account INTEGER NOT NULL,
    number INTEGER NOT NULL,
    at INTEGER NOT NULL,
    real_at INTEGER NOT NULL,
    method TEXT NOT NULL,
    path TEXT NOT NULL,
    remote TEXT NOT NULL,
    token TEXT,
    body BLOB NOT NULL,
    status INTEGER NOT NULL,
    rule TEXT,
    reason TEXT,
    violations TEXT,
    warnings TEXT,
    api_job_id TEXT,
    injected TEXT,
    PRIMARY KEY (account, number)
) STRICT, WITHOUT ROWID;

-- Two-factor codes: for each token and reference the newest (F-4, F-5).
CREATE TABLE code (
    account INTEGER NOT NULL,
    token TEXT NOT NULL,
    client_ref TEXT NOT NULL,
    code TEXT NOT NULL,
    case_sensitive INTEGER NOT NULL,
    made_at INTEGER NOT NULL,
    used_at INTEGER,
    number TEXT NOT NULL,
    message INTEGER NOT NULL,
    PRIMARY KEY (account, token, client_ref)
) STRICT, WITHOUT ROWID;

CREATE INDEX code_by_message ON code (account, message);

-- Jobs that are being evicted, some rows at a time: from here on they do not exist (D13).
CREATE TABLE evicting (
    account INTEGER NOT NULL,
    job INTEGER NOT NULL,
    first INTEGER NOT NULL,
    size INTEGER NOT NULL,
    PRIMARY KEY (account, job)
) STRICT, WITHOUT ROWID;

-- What was evicted, by sort: message, callback, reply or request. A `since` of `line` or more leaves out all of it.
CREATE TABLE lost (
    account INTEGER NOT NULL,
    sort TEXT NOT NULL,
    count INTEGER NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    line INTEGER NOT NULL,
    PRIMARY KEY (account, sort)
) STRICT, WITHOUT ROWID;
