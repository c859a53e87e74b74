-- +goose Up
-- Sets of criteria by version: an edition is for ever computed with its own.
CREATE TABLE assess_sets (
    name       TEXT NOT NULL,
    version    INTEGER NOT NULL,
    body       TEXT NOT NULL, -- JSON
    adopted_at TIMESTAMP NOT NULL,
    adopted_by TEXT NOT NULL,
    PRIMARY KEY (name, version)
) WITHOUT ROWID;

-- What is known of each service, the newest.
CREATE TABLE assess_facts (
    service  TEXT NOT NULL,
    measure  TEXT NOT NULL,
    value    REAL NOT NULL,
    word     TEXT NOT NULL,
    low      REAL,
    high     REAL,
    n        INTEGER NOT NULL,
    unknown  TEXT NOT NULL, -- why nothing is known; empty when something is
    at       TIMESTAMP NOT NULL,
    until    TIMESTAMP,
    declared BOOLEAN NOT NULL,
    evidence TEXT NOT NULL, -- JSON
    PRIMARY KEY (service, measure)
) WITHOUT ROWID;

-- What was known on each day; thinned out to one a week, and then forgotten.
CREATE TABLE assess_past (
    service TEXT NOT NULL,
    measure TEXT NOT NULL,
    day     INTEGER NOT NULL, -- since 1970, as days are in Tunis
    value   REAL NOT NULL,
    word    TEXT NOT NULL,
    low     REAL,
    high    REAL,
    n       INTEGER NOT NULL,
    unknown TEXT NOT NULL,
    at      TIMESTAMP NOT NULL,
    PRIMARY KEY (service, measure, day)
) WITHOUT ROWID;
CREATE INDEX assess_past_day ON assess_past (day);

-- What owners and auditors say of what no machine can find out.
CREATE TABLE assess_answers (
    service     TEXT NOT NULL,
    measure     TEXT NOT NULL,
    institution TEXT NOT NULL,
    word        TEXT NOT NULL,
    value       REAL NOT NULL,
    link        TEXT NOT NULL,
    file        TEXT NOT NULL,
    note        TEXT NOT NULL,
    given_at    TIMESTAMP NOT NULL,
    given_by    TEXT NOT NULL,
    until       TIMESTAMP NOT NULL,
    state       TEXT NOT NULL,
    judged_at   TIMESTAMP,
    judged_by   TEXT NOT NULL,
    comment     TEXT NOT NULL,
    revision    INTEGER NOT NULL,
    PRIMARY KEY (service, measure)
) WITHOUT ROWID;
CREATE INDEX assess_answers_institution ON assess_answers (institution, state);

-- What is done about a red; one of each criterion of a service.
CREATE TABLE assess_actions (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    service     TEXT NOT NULL,
    criterion   TEXT NOT NULL,
    institution TEXT NOT NULL,
    state       TEXT NOT NULL,
    owner       TEXT NOT NULL,
    due         TIMESTAMP NOT NULL,
    opened_at   TIMESTAMP NOT NULL,
    opened_by   TEXT NOT NULL,
    changed_at  TIMESTAMP NOT NULL,
    reason      TEXT NOT NULL,
    before      TEXT NOT NULL, -- JSON, like the next
    after       TEXT NOT NULL,
    greens      INTEGER NOT NULL,
    looked      TIMESTAMP,
    verified_at TIMESTAMP,
    revision    INTEGER NOT NULL,
    UNIQUE (service, criterion)
);
CREATE INDEX assess_actions_institution ON assess_actions (institution, state, due);

CREATE TABLE assess_notes (
    id     INTEGER PRIMARY KEY AUTOINCREMENT,
    action INTEGER NOT NULL,
    at     TIMESTAMP NOT NULL,
    "by"   TEXT NOT NULL, -- empty for the machine
    what   TEXT NOT NULL,
    text   TEXT NOT NULL
);
CREATE INDEX assess_notes_action ON assess_notes (action, id);

-- Quarters: drafted, replied to, frozen.
CREATE TABLE assess_editions (
    quarter       TEXT NOT NULL PRIMARY KEY,
    "set"         TEXT NOT NULL,
    version       INTEGER NOT NULL,
    formula       INTEGER NOT NULL,
    since         TIMESTAMP NOT NULL,
    until         TIMESTAMP NOT NULL,
    judged_at     TIMESTAMP NOT NULL,
    state         TEXT NOT NULL,
    drafted_at    TIMESTAMP NOT NULL,
    drafted_by    TEXT NOT NULL,
    replies_until TIMESTAMP NOT NULL,
    frozen_at     TIMESTAMP,
    frozen_by     TEXT NOT NULL,
    hash          TEXT NOT NULL,
    revision      INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE assess_entries (
    quarter     TEXT NOT NULL,
    service     TEXT NOT NULL,
    institution TEXT NOT NULL,
    body        TEXT NOT NULL, -- JSON, to the byte as it was sealed
    PRIMARY KEY (quarter, service)
) WITHOUT ROWID;
CREATE INDEX assess_entries_service ON assess_entries (service, quarter);

CREATE TABLE assess_replies (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    quarter     TEXT NOT NULL,
    service     TEXT NOT NULL,
    institution TEXT NOT NULL,
    at          TIMESTAMP NOT NULL,
    "by"        TEXT NOT NULL,
    text        TEXT NOT NULL,
    answer      TEXT NOT NULL,
    answered_at TIMESTAMP,
    answered_by TEXT NOT NULL
);
CREATE INDEX assess_replies_quarter ON assess_replies (quarter, service, id);

-- How often facts changed, so that processes know when to read them again, and
-- the set in force.
CREATE TABLE assess_state (
    name  TEXT NOT NULL PRIMARY KEY,
    value INTEGER NOT NULL,
    said  TEXT NOT NULL
) WITHOUT ROWID;
INSERT INTO assess_state (name, value, said) VALUES ('facts', 0, ''), ('set', 0, 'default-tn');
