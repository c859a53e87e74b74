-- +goose Up
-- Wordings that mean the same, across languages: who searches for one finds the others.
CREATE TABLE wordings (
    code       TEXT NOT NULL PRIMARY KEY,
    position   BIGINT NOT NULL,
    terms      JSONB NOT NULL,
    provenance TEXT NOT NULL
);
