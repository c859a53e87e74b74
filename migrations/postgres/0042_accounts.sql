-- +goose Up
-- How a session was opened, by which kind of browser and roughly from where; when its holder last proved who they are.
ALTER TABLE sessions ADD COLUMN method TEXT NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN agent TEXT NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN network TEXT NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN proved_at TIMESTAMPTZ;

ALTER TABLE accounts ADD COLUMN totp_at TIMESTAMPTZ;
ALTER TABLE accounts ADD COLUMN totp_due_at TIMESTAMPTZ;
ALTER TABLE accounts ADD COLUMN break_glass BOOLEAN NOT NULL DEFAULT FALSE;

ALTER TABLE login_attempts ADD COLUMN total BIGINT NOT NULL DEFAULT 0;

-- The secret of codes of a device, sealed.
CREATE TABLE account_totp (
    account_id   TEXT NOT NULL PRIMARY KEY REFERENCES accounts (id),
    sealed       TEXT NOT NULL,
    started_at   TIMESTAMPTZ NOT NULL,
    confirmed_at TIMESTAMPTZ,
    last_step    BIGINT NOT NULL
);

CREATE TABLE recovery_codes (
    account_id TEXT NOT NULL REFERENCES accounts (id),
    hash       TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    used_at    TIMESTAMPTZ,
    PRIMARY KEY (account_id, hash)
);

-- Sign-ins whose password was right and that wait for a code.
CREATE TABLE sign_in_steps (
    hash       TEXT NOT NULL PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    failed     BIGINT NOT NULL, -- passwords that were wrong before
    created_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX sign_in_steps_account ON sign_in_steps (account_id);

-- Links of letters that let somebody choose a new password. Those asked for in nobody's name are kept alike.
CREATE TABLE password_resets (
    hash       TEXT NOT NULL PRIMARY KEY,
    account_id TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    used_at    TIMESTAMPTZ
);
CREATE INDEX password_resets_account ON password_resets (account_id);

-- Kinds of browser in rough places that an account has signed in from.
CREATE TABLE account_devices (
    account_id TEXT NOT NULL REFERENCES accounts (id),
    agent      TEXT NOT NULL,
    network    TEXT NOT NULL,
    first_at   TIMESTAMPTZ NOT NULL,
    seen_at    TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (account_id, agent, network)
);

-- Emergency passwords, made on the machine.
CREATE TABLE break_glass (
    id            TEXT NOT NULL PRIMARY KEY,
    account_id    TEXT NOT NULL REFERENCES accounts (id),
    password_hash TEXT NOT NULL,
    reason        TEXT NOT NULL,
    opened_at     TIMESTAMPTZ NOT NULL,
    expires_at    TIMESTAMPTZ NOT NULL,
    used_at       TIMESTAMPTZ,
    closed_at     TIMESTAMPTZ
);
CREATE INDEX break_glass_expires ON break_glass (expires_at);

-- The key that seals secrets where the settings name none.
CREATE TABLE identity_keys (
    id         TEXT NOT NULL PRIMARY KEY,
    secret     TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL
);
