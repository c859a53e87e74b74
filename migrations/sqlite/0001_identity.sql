-- +goose Up
CREATE TABLE institutions (
    slug        TEXT NOT NULL PRIMARY KEY,
    acronym     TEXT NOT NULL,
    kind        TEXT NOT NULL,
    parent      TEXT NOT NULL,
    name        TEXT NOT NULL,
    site        TEXT NOT NULL,
    portal_org  TEXT NOT NULL,
    pilot       BOOLEAN NOT NULL,
    valid_from  TIMESTAMP,
    valid_until TIMESTAMP,
    successor   TEXT NOT NULL,
    provenance  TEXT NOT NULL,
    created_at  TIMESTAMP NOT NULL,
    updated_at  TIMESTAMP NOT NULL
);
CREATE INDEX institutions_parent ON institutions (parent);

CREATE TABLE accounts (
    id            TEXT NOT NULL PRIMARY KEY,
    email         TEXT NOT NULL UNIQUE,
    name          TEXT NOT NULL,
    role          TEXT NOT NULL,
    institution   TEXT REFERENCES institutions (slug),
    language      TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    must_change   BOOLEAN NOT NULL,
    disabled_at   TIMESTAMP,
    created_at    TIMESTAMP NOT NULL,
    updated_at    TIMESTAMP NOT NULL
);

-- What a browser or a script presents is never stored, only its SHA-256.
CREATE TABLE sessions (
    hash       TEXT NOT NULL PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    created_at TIMESTAMP NOT NULL,
    seen_at    TIMESTAMP NOT NULL,
    expires_at TIMESTAMP NOT NULL
);
CREATE INDEX sessions_account ON sessions (account_id);
CREATE INDEX sessions_expires ON sessions (expires_at);

CREATE TABLE api_tokens (
    id           TEXT NOT NULL PRIMARY KEY,
    account_id   TEXT NOT NULL REFERENCES accounts (id),
    name         TEXT NOT NULL,
    hash         TEXT NOT NULL UNIQUE,
    created_at   TIMESTAMP NOT NULL,
    expires_at   TIMESTAMP NOT NULL,
    last_used_at TIMESTAMP,
    revoked_at   TIMESTAMP
);
CREATE INDEX api_tokens_account ON api_tokens (account_id);

-- Failed sign-ins by a hash of account or network; a row is deleted a day after its last failure.
CREATE TABLE login_attempts (
    key           TEXT NOT NULL PRIMARY KEY,
    failures      INTEGER NOT NULL,
    last_at       TIMESTAMP NOT NULL,
    blocked_until TIMESTAMP
);
CREATE INDEX login_attempts_last ON login_attempts (last_at);

CREATE TABLE audit_lines (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    at          TIMESTAMP NOT NULL,
    actor       TEXT NOT NULL,
    role        TEXT NOT NULL,
    act         TEXT NOT NULL,
    subject     TEXT NOT NULL,
    ref         TEXT NOT NULL,
    institution TEXT NOT NULL,
    reason      TEXT NOT NULL,
    before      TEXT NOT NULL,
    after       TEXT NOT NULL
);
CREATE INDEX audit_lines_ref ON audit_lines (subject, ref, id);
CREATE INDEX audit_lines_institution ON audit_lines (institution, id);

-- One row that readiness rewrites: reading alone does not notice a full disk.
CREATE TABLE heartbeat (
    id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    at TIMESTAMP NOT NULL
);
