-- +goose Up
-- Times in which a service asks some of those who come until it has enough answers.
CREATE TABLE waves (
    id          TEXT NOT NULL PRIMARY KEY,
    service     TEXT NOT NULL,
    institution TEXT NOT NULL,
    starts_at   TIMESTAMP NOT NULL,
    ends_at     TIMESTAMP NOT NULL,
    margin      INTEGER NOT NULL, -- points of a hundred
    needed      INTEGER NOT NULL,
    state       TEXT NOT NULL,
    quiet_from  INTEGER NOT NULL, -- minute of the day
    quiet_to    INTEGER NOT NULL,
    workdays    BOOLEAN NOT NULL,
    again       TEXT NOT NULL, -- cron line
    planned_at  TIMESTAMP NOT NULL,
    planned_by  TEXT NOT NULL,
    over_at     TIMESTAMP,
    over_by     TEXT NOT NULL,
    reason      TEXT NOT NULL,
    reminded_at TIMESTAMP,
    revision    INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX waves_service ON waves (service, starts_at);
CREATE INDEX waves_open ON waves (state) WHERE state IN ('planned', 'running');

-- Each day of a wave with what its K was worked out from.
CREATE TABLE wave_days (
    wave      TEXT NOT NULL,
    day       INTEGER NOT NULL, -- days since 1970
    k         INTEGER NOT NULL,
    quota     INTEGER NOT NULL,
    needed    INTEGER NOT NULL,
    worth     REAL NOT NULL,
    days_left INTEGER NOT NULL,
    days_past INTEGER NOT NULL,
    seen      INTEGER NOT NULL,
    asked     INTEGER NOT NULL,
    answered  INTEGER NOT NULL,
    visits    INTEGER NOT NULL,
    invited   INTEGER NOT NULL,
    PRIMARY KEY (wave, day)
) WITHOUT ROWID;

-- Lists of answers gathered elsewhere, masked, until they are applied.
CREATE TABLE answer_imports (
    id          TEXT NOT NULL PRIMARY KEY,
    service     TEXT NOT NULL,
    institution TEXT NOT NULL,
    mode        TEXT NOT NULL,
    name        TEXT NOT NULL,
    fingerprint TEXT NOT NULL, -- SHA-256 of the file
    "set"       TEXT NOT NULL,
    version     INTEGER NOT NULL,
    sheet       TEXT NOT NULL,
    sound       INTEGER NOT NULL,
    faulty      INTEGER NOT NULL,
    state       TEXT NOT NULL,
    made_at     TIMESTAMP NOT NULL,
    made_by     TEXT NOT NULL,
    applied_at  TIMESTAMP,
    undone_at   TIMESTAMP
) WITHOUT ROWID;
CREATE INDEX answer_imports_service ON answer_imports (service, made_at);

-- What the answers of a quarter came to, as it was stated.
CREATE TABLE answer_editions (
    hash      TEXT NOT NULL PRIMARY KEY,
    service   TEXT NOT NULL,
    from_day  INTEGER NOT NULL, -- days since 1970
    to_day    INTEGER NOT NULL,
    method    INTEGER NOT NULL,
    document  TEXT NOT NULL,
    frozen_at TIMESTAMP NOT NULL,
    frozen_by TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX answer_editions_service ON answer_editions (service, from_day);

-- Answers that somebody of the department dealt with.
CREATE TABLE answer_treatments (
    answer  INTEGER PRIMARY KEY,
    service TEXT NOT NULL,
    done_at TIMESTAMP NOT NULL,
    done_by TEXT NOT NULL
);
CREATE INDEX answer_treatments_service ON answer_treatments (service);
