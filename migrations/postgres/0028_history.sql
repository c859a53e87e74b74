-- +goose Up
-- Readings as they come in, some checks together: rows of fixed width, a blob for each second and 64 checks.
-- They stay until their hour is over and packed.
CREATE TABLE reading_batches (
    grp      BIGINT NOT NULL, -- check_id / 64
    first_at BIGINT NOT NULL, -- microseconds
    seq      BIGINT NOT NULL, -- of the content, so that the same batch is kept once
    last_at  BIGINT NOT NULL,
    count    INTEGER NOT NULL,
    body     BYTEA NOT NULL,
    PRIMARY KEY (grp, first_at, seq)
);
ALTER TABLE reading_batches ALTER COLUMN body SET STORAGE EXTERNAL;

-- Readings of the past: one check from one vantage, an hour at first, a whole day (UTC) once it is over. The program
-- makes a partition for each month ahead of time and drops those that are past keeping.
CREATE TABLE reading_packs (
    check_id BIGINT NOT NULL,
    start    INTEGER NOT NULL, -- hours since 1970
    count    INTEGER NOT NULL,
    vantage  SMALLINT NOT NULL, -- 0 is this installation
    hours    SMALLINT NOT NULL,
    body     BYTEA NOT NULL,
    PRIMARY KEY (check_id, vantage, start)
) PARTITION BY RANGE (start);
ALTER TABLE reading_packs ALTER COLUMN body SET STORAGE EXTERNAL;
-- Whatever no month was made for.
CREATE TABLE reading_packs_rest PARTITION OF reading_packs DEFAULT;

INSERT INTO watch_state (name, value) VALUES ('joined', 0); -- the hour until which the hours of days are joined

-- Availability as it was stated, with the method and the hash of what it was computed from.
CREATE TABLE service_editions (
    hash      TEXT NOT NULL PRIMARY KEY,
    service   TEXT NOT NULL,
    from_at   BIGINT NOT NULL, -- microseconds
    to_at     BIGINT NOT NULL,
    method    BIGINT NOT NULL,
    document  TEXT NOT NULL,
    issued_by TEXT NOT NULL,
    issued_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX service_editions_service ON service_editions (service, issued_at);

-- What earlier versions kept, one row a reading. The program packs it at its next start.
ALTER TABLE readings RENAME TO readings_before;
