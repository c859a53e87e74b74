-- +goose Up
-- What the last look of several parts was made of: the pages of a journey, the
-- name servers of a zone. One row a check, beside its current state.
CREATE TABLE check_steps (
    check_id BIGINT PRIMARY KEY REFERENCES checks (id),
    at       TIMESTAMPTZ NOT NULL,
    steps    JSONB NOT NULL
);
