-- +goose Up
-- Places that services are looked at from besides this installation.
CREATE TABLE vantages (
    id          INTEGER PRIMARY KEY AUTOINCREMENT, -- stands in every reading
    slug        TEXT NOT NULL,
    name        TEXT NOT NULL,
    network     TEXT NOT NULL,
    institution TEXT NOT NULL,
    scope       TEXT NOT NULL,
    revision    INTEGER NOT NULL,
    created_at  TIMESTAMP NOT NULL,
    updated_at  TIMESTAMP NOT NULL,
    token_hash  TEXT NOT NULL,
    token_until TIMESTAMP,
    public_key  BLOB,
    enrolled_at TIMESTAMP,
    revoked_at  TIMESTAMP,
    seen_at     TIMESTAMP,
    version     TEXT NOT NULL,
    offset_us   INTEGER NOT NULL,
    waiting     INTEGER NOT NULL,
    lost        INTEGER NOT NULL,
    sequence    INTEGER NOT NULL,
    gaps        INTEGER NOT NULL,
    unsure      INTEGER NOT NULL
);
CREATE UNIQUE INDEX vantages_slug ON vantages (slug);
CREATE UNIQUE INDEX vantages_token ON vantages (token_hash) WHERE token_hash <> '';

-- The batches that were taken: each number of a vantage once.
CREATE TABLE vantage_batches (
    vantage  INTEGER NOT NULL REFERENCES vantages (id),
    sequence INTEGER NOT NULL,
    digest   TEXT NOT NULL, -- of what it carried
    taken_at TIMESTAMP NOT NULL,
    kept     INTEGER NOT NULL,
    refused  INTEGER NOT NULL,
    PRIMARY KEY (vantage, sequence)
) WITHOUT ROWID;
CREATE INDEX vantage_batches_taken ON vantage_batches (taken_at);

-- What each vantage sees of each check; 0 is this installation. Only checks
-- that are looked at from several places have rows.
CREATE TABLE vantage_current (
    vantage  INTEGER NOT NULL,
    check_id INTEGER NOT NULL,
    service  TEXT NOT NULL,
    state    TEXT NOT NULL,
    PRIMARY KEY (vantage, check_id)
) WITHOUT ROWID;
CREATE INDEX vantage_current_service ON vantage_current (service);

-- Rises with every state that came from elsewhere.
INSERT INTO watch_state (name, value) VALUES ('elsewhere', 0);
