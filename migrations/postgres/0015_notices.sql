-- +goose Up
-- What an account wants to be told, and how often.
CREATE TABLE notice_preferences (
    account       TEXT NOT NULL PRIMARY KEY REFERENCES accounts (id),
    rhythm        TEXT NOT NULL,
    away_until    TEXT,
    calendar_hash TEXT NOT NULL,
    updated_at    TIMESTAMPTZ NOT NULL
);
CREATE UNIQUE INDEX notice_preferences_calendar ON notice_preferences (calendar_hash) WHERE calendar_hash <> '';

-- One digest a person and day, whoever makes it and however often.
CREATE TABLE notice_digests (
    account TEXT NOT NULL REFERENCES accounts (id),
    day     TEXT NOT NULL,
    week    TEXT NOT NULL,
    weekly  BOOLEAN NOT NULL,
    lines   INTEGER NOT NULL,
    at      TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (account, day)
);

-- The proof that somebody was reminded: each step once a person and period.
CREATE TABLE notice_reminders (
    dataset_id TEXT NOT NULL REFERENCES datasets (id),
    period     TEXT NOT NULL,
    account    TEXT NOT NULL REFERENCES accounts (id),
    step       TEXT NOT NULL,
    audience   TEXT NOT NULL,
    rank       INTEGER NOT NULL,
    told_at    TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (dataset_id, period, account, step)
);
CREATE INDEX notice_reminders_account ON notice_reminders (account, dataset_id, period, rank);

-- Signed links in mails. The secret is in the mail; here is its hash.
CREATE TABLE notice_links (
    hash       TEXT NOT NULL PRIMARY KEY,
    account    TEXT NOT NULL REFERENCES accounts (id),
    act        TEXT NOT NULL,
    dataset_id TEXT NOT NULL,
    ref        TEXT NOT NULL,
    period     TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    taken_at   TIMESTAMPTZ,
    used_at    TIMESTAMPTZ
);
CREATE INDEX notice_links_expires ON notice_links (expires_at);
