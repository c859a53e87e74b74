-- +goose Up
-- Question sets by version: an answer is for ever read with its own.
CREATE TABLE survey_sets (
    name       TEXT NOT NULL,
    version    INTEGER NOT NULL,
    body       TEXT NOT NULL, -- JSON
    adopted_at TIMESTAMP NOT NULL,
    adopted_by TEXT NOT NULL,
    PRIMARY KEY (name, version)
) WITHOUT ROWID;

-- What each service asks; one without a row asks what is usual.
CREATE TABLE askings (
    service     TEXT NOT NULL PRIMARY KEY,
    institution TEXT NOT NULL,
    open        BOOLEAN NOT NULL,
    "set"       TEXT NOT NULL,
    quick       TEXT NOT NULL,
    pinned      INTEGER NOT NULL,
    token_days  INTEGER NOT NULL,
    revision    INTEGER NOT NULL,
    updated_at  TIMESTAMP NOT NULL
) WITHOUT ROWID;

-- What one-time tokens are signed with.
CREATE TABLE signing_keys (
    service    TEXT NOT NULL,
    number     INTEGER NOT NULL,
    secret     BLOB NOT NULL,
    created_at TIMESTAMP NOT NULL,
    created_by TEXT NOT NULL,
    retired_at TIMESTAMP,
    PRIMARY KEY (service, number)
) WITHOUT ROWID;

-- Tokens that were used, as long as they would hold.
CREATE TABLE survey_nonces (
    service TEXT NOT NULL,
    nonce   TEXT NOT NULL,
    until   INTEGER NOT NULL, -- the last day, in days since 1970
    PRIMARY KEY (service, nonce)
) WITHOUT ROWID;
CREATE INDEX survey_nonces_until ON survey_nonces (until);

-- One answer of one person. Nothing in it tells who.
CREATE TABLE survey_answers (
    id        INTEGER PRIMARY KEY,
    service   TEXT NOT NULL,
    "set"     TEXT NOT NULL,
    version   INTEGER NOT NULL,
    wave      TEXT NOT NULL,
    at        TIMESTAMP NOT NULL,
    channel   TEXT NOT NULL,
    language  TEXT NOT NULL,
    verified  BOOLEAN NOT NULL,
    weight    REAL NOT NULL,
    flags     TEXT NOT NULL, -- JSON, like the next two
    points    TEXT NOT NULL,
    words     TEXT NOT NULL,
    comment   TEXT NOT NULL,
    once      INTEGER, -- hash of the client's own key: sent twice is kept once
    text_hash INTEGER  -- of the comment, to know copies again; goes with it
);
CREATE INDEX survey_answers_service ON survey_answers (service, at);
CREATE INDEX survey_answers_wave ON survey_answers (wave) WHERE wave <> '';
CREATE UNIQUE INDEX survey_answers_once ON survey_answers (once) WHERE once IS NOT NULL;
CREATE INDEX survey_answers_text ON survey_answers (text_hash) WHERE text_hash IS NOT NULL;

-- What each transaction of answers adds to the sums, until it is rolled in.
CREATE TABLE survey_deltas (
    id   INTEGER PRIMARY KEY AUTOINCREMENT,
    body BLOB NOT NULL
);

-- Answers summed up by service and span: d a day, t ten days, m a month.
CREATE TABLE survey_sums (
    span    TEXT NOT NULL,
    start   INTEGER NOT NULL, -- the first day, in days since 1970, as days are in Tunis
    service TEXT NOT NULL,
    body    BLOB NOT NULL, -- packed
    PRIMARY KEY (span, start, service)
) WITHOUT ROWID;

-- How many answers a network (by a hash that means nothing tomorrow) or a
-- service (by the hour) gave.
CREATE TABLE survey_counters (
    name  TEXT NOT NULL PRIMARY KEY,
    until TIMESTAMP NOT NULL,
    n     INTEGER NOT NULL
) WITHOUT ROWID;

-- The salt of the day: the next one overwrites it.
CREATE TABLE survey_salts (
    id   INTEGER PRIMARY KEY,
    day  INTEGER NOT NULL, -- days since 1970
    salt BLOB NOT NULL
);
INSERT INTO survey_salts (id, day, salt) VALUES (1, 0, x'');

-- Hours of many more answers than usual: set apart until somebody says that they were real.
CREATE TABLE survey_bursts (
    service     TEXT NOT NULL,
    start       TIMESTAMP NOT NULL,
    usual       REAL NOT NULL, -- an hour
    most        INTEGER NOT NULL, -- that would still have been no burst
    released_at TIMESTAMP,
    released_by TEXT NOT NULL,
    PRIMARY KEY (service, start)
) WITHOUT ROWID;

-- What the room is taken by before it is changed as a whole.
CREATE TABLE survey_state (
    name  TEXT NOT NULL PRIMARY KEY,
    value INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO survey_state (name, value) VALUES ('roll', 0);
