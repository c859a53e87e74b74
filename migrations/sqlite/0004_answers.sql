-- +goose Up
-- Answers to requests that their sender named (Idempotency-Key), kept for a day.
CREATE TABLE kept_answers (
    key        TEXT NOT NULL PRIMARY KEY,
    request    TEXT NOT NULL,
    body       BLOB NOT NULL,
    created_at TIMESTAMP NOT NULL
);
CREATE INDEX kept_answers_created ON kept_answers (created_at);
