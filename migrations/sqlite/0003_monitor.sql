-- +goose Up
CREATE TABLE services (
    slug        TEXT NOT NULL PRIMARY KEY,
    name        TEXT NOT NULL,
    institution TEXT NOT NULL REFERENCES institutions (slug),
    url         TEXT NOT NULL,
    life_event  TEXT NOT NULL,
    tier        TEXT NOT NULL,
    languages   TEXT NOT NULL,
    state       TEXT NOT NULL,
    note        TEXT NOT NULL,
    revision    INTEGER NOT NULL,
    created_at  TIMESTAMP NOT NULL,
    updated_at  TIMESTAMP NOT NULL
);
CREATE INDEX services_institution ON services (institution);

CREATE TABLE checks (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    service    TEXT NOT NULL REFERENCES services (slug),
    name       TEXT NOT NULL,
    kind       TEXT NOT NULL,
    target     TEXT NOT NULL,
    schedule   TEXT NOT NULL,
    timeout    INTEGER NOT NULL, -- nanoseconds
    expect     TEXT NOT NULL,
    position   INTEGER NOT NULL,
    retired_at TIMESTAMP,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL
);
CREATE UNIQUE INDEX checks_in_force ON checks (service, name) WHERE retired_at IS NULL;

-- Numbers the watch keeps: "version" rises with every change to a service or
-- check; "rolled" is the moment (microseconds) until which hours are summed up.
CREATE TABLE watch_state (
    name  TEXT NOT NULL PRIMARY KEY,
    value INTEGER NOT NULL
);
INSERT INTO watch_state (name, value) VALUES ('version', 1), ('rolled', 0);

-- One row a reading, integers only. The key makes writing a reading twice
-- harmless and lets one check's day be read in one stretch.
CREATE TABLE readings (
    check_id    INTEGER NOT NULL,
    at          INTEGER NOT NULL, -- microseconds
    verdict     INTEGER NOT NULL,
    reason      INTEGER NOT NULL,
    status      INTEGER NOT NULL,
    attempt     INTEGER NOT NULL,
    every_s     INTEGER NOT NULL,
    bytes       INTEGER NOT NULL,
    dns_us      INTEGER NOT NULL,
    connect_us  INTEGER NOT NULL,
    tls_us      INTEGER NOT NULL,
    wait_us     INTEGER NOT NULL,
    transfer_us INTEGER NOT NULL,
    PRIMARY KEY (check_id, at)
) WITHOUT ROWID;

CREATE TABLE check_current (
    check_id      INTEGER NOT NULL PRIMARY KEY,
    service       TEXT NOT NULL,
    verdict       INTEGER NOT NULL,
    reason        INTEGER NOT NULL,
    since         TIMESTAMP NOT NULL,
    failures      INTEGER NOT NULL,
    failing_since TIMESTAMP,
    incident_at   TIMESTAMP,
    last_at       TIMESTAMP NOT NULL,
    last_verdict  INTEGER NOT NULL,
    last_reason   INTEGER NOT NULL,
    status        INTEGER NOT NULL,
    dns_us        INTEGER NOT NULL,
    connect_us    INTEGER NOT NULL,
    tls_us        INTEGER NOT NULL,
    wait_us       INTEGER NOT NULL,
    transfer_us   INTEGER NOT NULL,
    bytes         INTEGER NOT NULL,
    detail        TEXT NOT NULL,
    address       TEXT NOT NULL,
    not_after     TIMESTAMP,
    every_sec     INTEGER NOT NULL
);

CREATE TABLE incidents (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    check_id     INTEGER NOT NULL,
    service      TEXT NOT NULL,
    started_at   TIMESTAMP NOT NULL,
    confirmed_at TIMESTAMP NOT NULL,
    ended_at     TIMESTAMP,
    resolution   TEXT NOT NULL,
    reason       INTEGER NOT NULL,
    status       INTEGER NOT NULL,
    detail       TEXT NOT NULL
);
CREATE UNIQUE INDEX incidents_check ON incidents (check_id, started_at);
CREATE UNIQUE INDEX incidents_open ON incidents (check_id) WHERE ended_at IS NULL;
CREATE INDEX incidents_service ON incidents (service, started_at);

-- Sums of an hour and of a day, kept for ever.
CREATE TABLE check_hours (
    check_id   INTEGER NOT NULL,
    start      INTEGER NOT NULL, -- microseconds
    readings   INTEGER NOT NULL,
    good       INTEGER NOT NULL,
    up_us      INTEGER NOT NULL,
    down_us    INTEGER NOT NULL,
    took_us    INTEGER NOT NULL,
    slowest_us INTEGER NOT NULL,
    times      BLOB NOT NULL,
    PRIMARY KEY (check_id, start)
) WITHOUT ROWID;

CREATE TABLE check_days (
    check_id   INTEGER NOT NULL,
    start      INTEGER NOT NULL, -- microseconds; midnight in the installation's zone
    readings   INTEGER NOT NULL,
    good       INTEGER NOT NULL,
    up_us      INTEGER NOT NULL,
    down_us    INTEGER NOT NULL,
    took_us    INTEGER NOT NULL,
    slowest_us INTEGER NOT NULL,
    times      BLOB NOT NULL,
    PRIMARY KEY (check_id, start)
) WITHOUT ROWID;
