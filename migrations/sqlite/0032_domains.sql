-- +goose Up
-- When the registrations of the domains end that active services stand on: as the registry says, or a person who read it.
CREATE TABLE domains (
    name       TEXT PRIMARY KEY,
    outcome    TEXT NOT NULL,
    detail     TEXT NOT NULL,
    expires_at TIMESTAMP,
    registrar  TEXT NOT NULL,
    seen_at    TIMESTAMP,
    asked_at   TIMESTAMP,
    next_at    TIMESTAMP NOT NULL,
    failures   INTEGER NOT NULL,
    entered_as TIMESTAMP,
    entered_by TEXT NOT NULL,
    entered_at TIMESTAMP
);
CREATE INDEX domains_next ON domains (next_at);
