-- +goose Up
-- Lists that somebody sent to see what importing them would change, until they are applied or forgotten.
CREATE TABLE uploads (
    id          TEXT NOT NULL PRIMARY KEY,
    institution TEXT NOT NULL REFERENCES institutions (slug),
    format      TEXT NOT NULL,
    portal      TEXT NOT NULL,
    body        BYTEA NOT NULL,
    created_at  TIMESTAMPTZ NOT NULL
);
CREATE INDEX uploads_created ON uploads (created_at);
