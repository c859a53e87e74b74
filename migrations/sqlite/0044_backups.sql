-- +goose Up
-- Timed backups, how each ended. It tells of files of this installation, and is in none of them.
CREATE TABLE backup_runs (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    began_at   TIMESTAMP NOT NULL,
    ended_at   TIMESTAMP, -- none: it runs, or its process died
    process    TEXT NOT NULL,
    name       TEXT NOT NULL, -- of the file; empty: there is none
    bytes      INTEGER NOT NULL,
    row_count  INTEGER NOT NULL,
    failed     TEXT NOT NULL -- why; empty: it did not
);
CREATE INDEX backup_runs_began ON backup_runs (began_at);
