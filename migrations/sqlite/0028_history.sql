-- +goose Up
-- Readings as they come in, some checks together: rows of fixed width, a blob for each second and 64 checks.
-- They stay until their hour is over and packed.
CREATE TABLE reading_batches (
    grp      INTEGER NOT NULL, -- check_id / 64
    first_at INTEGER NOT NULL, -- microseconds
    seq      INTEGER NOT NULL, -- of the content, so that the same batch is kept once
    last_at  INTEGER NOT NULL,
    count    INTEGER NOT NULL,
    body     BLOB NOT NULL,
    PRIMARY KEY (grp, first_at, seq)
) WITHOUT ROWID;

-- Readings of the past: one check from one vantage, an hour at first, a whole day (UTC) once it is over.
CREATE TABLE reading_packs (
    check_id INTEGER NOT NULL,
    vantage  INTEGER NOT NULL, -- 0 is this installation
    start    INTEGER NOT NULL, -- hours since 1970
    hours    INTEGER NOT NULL,
    count    INTEGER NOT NULL,
    body     BLOB NOT NULL,
    PRIMARY KEY (check_id, vantage, start)
);

INSERT INTO watch_state (name, value) VALUES ('joined', 0); -- the hour until which the hours of days are joined

-- Availability as it was stated, with the method and the hash of what it was computed from.
CREATE TABLE service_editions (
    hash      TEXT NOT NULL PRIMARY KEY,
    service   TEXT NOT NULL,
    from_at   INTEGER NOT NULL, -- microseconds
    to_at     INTEGER NOT NULL,
    method    INTEGER NOT NULL,
    document  TEXT NOT NULL,
    issued_by TEXT NOT NULL,
    issued_at TIMESTAMP NOT NULL
);
CREATE INDEX service_editions_service ON service_editions (service, issued_at);

-- What earlier versions kept, one row a reading. The program packs it at its next start.
ALTER TABLE readings RENAME TO readings_before;
