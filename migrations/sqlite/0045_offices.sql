-- +goose Up
-- Places of a service where people come: the closed list that answers may name.
CREATE TABLE survey_offices (
    service    TEXT NOT NULL,
    code       TEXT NOT NULL,
    name       TEXT NOT NULL, -- JSON
    closed_at  TIMESTAMP,
    created_at TIMESTAMP NOT NULL,
    created_by TEXT NOT NULL,
    PRIMARY KEY (service, code)
) WITHOUT ROWID;

-- Screens at counters, each known by a secret address of its own.
CREATE TABLE survey_kiosks (
    id         TEXT NOT NULL PRIMARY KEY,
    service    TEXT NOT NULL,
    office     TEXT NOT NULL,
    name       TEXT NOT NULL,
    hash       BLOB NOT NULL, -- SHA-256 of the secret in its address
    an_hour    INTEGER NOT NULL, -- answers of full weight
    created_at TIMESTAMP NOT NULL,
    created_by TEXT NOT NULL,
    rotated_at TIMESTAMP,
    revoked_at TIMESTAMP
) WITHOUT ROWID;
CREATE INDEX survey_kiosks_service ON survey_kiosks (service, created_at);

ALTER TABLE survey_answers ADD COLUMN office TEXT NOT NULL DEFAULT '';
ALTER TABLE survey_answers ADD COLUMN kiosk TEXT NOT NULL DEFAULT '';
CREATE INDEX survey_answers_office ON survey_answers (service, at) WHERE office <> '';

-- Documents that owners show for what they answer, once each.
CREATE TABLE assess_evidence (
    service    TEXT NOT NULL,
    hash       TEXT NOT NULL, -- SHA-256 of the bytes
    name       TEXT NOT NULL,
    kind       TEXT NOT NULL, -- media type
    size       INTEGER NOT NULL,
    data       BLOB NOT NULL,
    kept_at    TIMESTAMP NOT NULL,
    kept_by    TEXT NOT NULL,
    PRIMARY KEY (service, hash)
);
ALTER TABLE assess_answers ADD COLUMN file_hash TEXT NOT NULL DEFAULT '';
