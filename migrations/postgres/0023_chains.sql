-- +goose Up
-- The certificates each server sends, in its order, as they were last seen. The mark tells a chain from another.
CREATE TABLE check_chains (
    check_id   BIGINT NOT NULL,
    position   INTEGER NOT NULL,
    mark       TEXT NOT NULL,
    subject    TEXT NOT NULL,
    issuer     TEXT NOT NULL,
    not_before TIMESTAMPTZ NOT NULL,
    not_after  TIMESTAMPTZ NOT NULL,
    sha256     TEXT NOT NULL,
    key_kind   TEXT NOT NULL,
    signature  TEXT NOT NULL,
    PRIMARY KEY (check_id, position)
);
