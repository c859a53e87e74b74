-- +goose Up
-- Which account somebody of an identity provider is: bound by the provider's own name of them, never by address.
CREATE TABLE provider_identities (
    issuer     TEXT NOT NULL,
    subject    TEXT NOT NULL,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    how        TEXT NOT NULL, -- created, email, self, command
    created_at TIMESTAMPTZ NOT NULL,
    seen_at    TIMESTAMPTZ, -- of the last sign-in; NULL: none yet
    PRIMARY KEY (issuer, subject)
);
CREATE UNIQUE INDEX provider_identities_account ON provider_identities (account_id, issuer);

-- Sessions that a provider opened, so that it can end them. They go with the session.
CREATE TABLE provider_sessions (
    session_hash TEXT NOT NULL PRIMARY KEY REFERENCES sessions (hash) ON DELETE CASCADE,
    issuer       TEXT NOT NULL,
    subject      TEXT NOT NULL,
    sid_hash     TEXT NOT NULL, -- of the provider's name of its session; empty: it has none
    id_token     TEXT NOT NULL  -- sealed under what the browser holds; needed to sign out there
);
CREATE INDEX provider_sessions_subject ON provider_sessions (issuer, subject);

-- Nonces and messages that came in, by their hash: each is good once.
CREATE TABLE provider_seen (
    hash       TEXT NOT NULL PRIMARY KEY,
    expires_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX provider_seen_expires ON provider_seen (expires_at);
