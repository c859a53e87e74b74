-- +goose Up
-- Processes that share the watch. On this engine there is one, which owns everything and asks nobody; the tables
-- are there so that both engines know the same ones.
CREATE TABLE share_members (
    id         TEXT NOT NULL PRIMARY KEY,
    tenure     INTEGER NOT NULL,
    name       TEXT NOT NULL,
    version    TEXT NOT NULL,
    started_at TIMESTAMP NOT NULL,
    seen_ms    INTEGER NOT NULL,
    until_ms   INTEGER NOT NULL,
    checks     INTEGER NOT NULL,
    lag_us     INTEGER NOT NULL
);
CREATE TABLE share_slots (
    slot  INTEGER NOT NULL PRIMARY KEY,
    owner TEXT NOT NULL
);
INSERT INTO share_slots (slot, owner)
WITH RECURSIVE n (slot) AS (SELECT 0 UNION ALL SELECT slot + 1 FROM n WHERE slot < 255) SELECT slot, '' FROM n;
INSERT INTO watch_state (name, value) VALUES ('share', 0);
