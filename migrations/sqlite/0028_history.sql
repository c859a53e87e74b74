-- +goose Up
-- A reading says from where it was taken; 0 is this installation.
ALTER TABLE readings RENAME TO readings_here;
CREATE TABLE readings (
    check_id    INTEGER NOT NULL,
    vantage     INTEGER NOT NULL,
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
    PRIMARY KEY (check_id, vantage, at)
) WITHOUT ROWID;
INSERT INTO readings SELECT check_id, 0, at, verdict, reason, status, attempt, every_s, bytes,
    dns_us, connect_us, tls_us, wait_us, transfer_us FROM readings_here;
DROP TABLE readings_here;
