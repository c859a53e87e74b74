-- +goose Up
-- The certificates each server sends, in its order, as they were last seen. The mark tells a chain from another.
CREATE TABLE check_chains (
    check_id   INTEGER NOT NULL,
    position   INTEGER NOT NULL,
    mark       TEXT NOT NULL,
    subject    TEXT NOT NULL,
    issuer     TEXT NOT NULL,
    not_before TIMESTAMP NOT NULL,
    not_after  TIMESTAMP NOT NULL,
    sha256     TEXT NOT NULL,
    key_kind   TEXT NOT NULL,
    signature  TEXT NOT NULL,
    PRIMARY KEY (check_id, position)
) WITHOUT ROWID;
