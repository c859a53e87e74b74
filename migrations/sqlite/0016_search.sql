-- +goose Up
-- Wordings that mean the same, across languages: who searches for one finds the others.
CREATE TABLE wordings (
    code       TEXT NOT NULL PRIMARY KEY,
    position   INTEGER NOT NULL,
    terms      TEXT NOT NULL,
    provenance TEXT NOT NULL
);
