-- +goose Up
-- When the registrations of the domains end that active services stand on: as the registry says, or a person who read it.
CREATE TABLE domains (
    name       TEXT PRIMARY KEY,
    outcome    TEXT NOT NULL,
    detail     TEXT NOT NULL,
    expires_at TIMESTAMPTZ,
    registrar  TEXT NOT NULL,
    seen_at    TIMESTAMPTZ,
    asked_at   TIMESTAMPTZ,
    next_at    TIMESTAMPTZ NOT NULL,
    failures   BIGINT NOT NULL,
    entered_as TIMESTAMPTZ,
    entered_by TEXT NOT NULL,
    entered_at TIMESTAMPTZ
);
CREATE INDEX domains_next ON domains (next_at);
