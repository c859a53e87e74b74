-- +goose Up
-- Times in which a service asks some of those who come until it has enough answers.
CREATE TABLE waves (
    id          TEXT NOT NULL PRIMARY KEY,
    service     TEXT NOT NULL,
    institution TEXT NOT NULL,
    starts_at   TIMESTAMPTZ NOT NULL,
    ends_at     TIMESTAMPTZ NOT NULL,
    margin      BIGINT NOT NULL, -- points of a hundred
    needed      BIGINT NOT NULL,
    state       TEXT NOT NULL,
    quiet_from  BIGINT NOT NULL, -- minute of the day
    quiet_to    BIGINT NOT NULL,
    workdays    BOOLEAN NOT NULL,
    again       TEXT NOT NULL, -- cron line
    planned_at  TIMESTAMPTZ NOT NULL,
    planned_by  TEXT NOT NULL,
    over_at     TIMESTAMPTZ,
    over_by     TEXT NOT NULL,
    reason      TEXT NOT NULL,
    reminded_at TIMESTAMPTZ,
    revision    BIGINT NOT NULL
);
CREATE INDEX waves_service ON waves (service, starts_at);
CREATE INDEX waves_open ON waves (state) WHERE state IN ('planned', 'running');

-- Each day of a wave with what its K was worked out from.
CREATE TABLE wave_days (
    wave      TEXT NOT NULL,
    day       BIGINT NOT NULL, -- days since 1970
    k         BIGINT NOT NULL,
    quota     BIGINT NOT NULL,
    needed    BIGINT NOT NULL,
    worth     DOUBLE PRECISION NOT NULL,
    days_left BIGINT NOT NULL,
    days_past BIGINT NOT NULL,
    seen      BIGINT NOT NULL,
    asked     BIGINT NOT NULL,
    answered  BIGINT NOT NULL,
    visits    BIGINT NOT NULL,
    invited   BIGINT NOT NULL,
    PRIMARY KEY (wave, day)
);

-- Lists of answers gathered elsewhere, masked, until they are applied.
CREATE TABLE answer_imports (
    id          TEXT NOT NULL PRIMARY KEY,
    service     TEXT NOT NULL,
    institution TEXT NOT NULL,
    mode        TEXT NOT NULL,
    name        TEXT NOT NULL,
    fingerprint TEXT NOT NULL, -- SHA-256 of the file
    "set"       TEXT NOT NULL,
    version     BIGINT NOT NULL,
    sheet       JSONB NOT NULL,
    sound       BIGINT NOT NULL,
    faulty      BIGINT NOT NULL,
    state       TEXT NOT NULL,
    made_at     TIMESTAMPTZ NOT NULL,
    made_by     TEXT NOT NULL,
    applied_at  TIMESTAMPTZ,
    undone_at   TIMESTAMPTZ
);
CREATE INDEX answer_imports_service ON answer_imports (service, made_at);

-- What the answers of a quarter came to, as it was stated.
CREATE TABLE answer_editions (
    hash      TEXT NOT NULL PRIMARY KEY,
    service   TEXT NOT NULL,
    from_day  BIGINT NOT NULL, -- days since 1970
    to_day    BIGINT NOT NULL,
    method    BIGINT NOT NULL,
    document  TEXT NOT NULL,
    frozen_at TIMESTAMPTZ NOT NULL,
    frozen_by TEXT NOT NULL
);
CREATE INDEX answer_editions_service ON answer_editions (service, from_day);

-- Answers that somebody of the department dealt with.
CREATE TABLE answer_treatments (
    answer  BIGINT NOT NULL PRIMARY KEY,
    service TEXT NOT NULL,
    done_at TIMESTAMPTZ NOT NULL,
    done_by TEXT NOT NULL
);
CREATE INDEX answer_treatments_service ON answer_treatments (service);
