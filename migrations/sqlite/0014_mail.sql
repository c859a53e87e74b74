-- +goose Up
-- What is to be mailed. A row is written in the transaction of what it tells of, and sent afterwards.
CREATE TABLE mail_outbox (
    id          TEXT NOT NULL PRIMARY KEY,
    key         TEXT NOT NULL UNIQUE,
    kind        TEXT NOT NULL,
    account     TEXT NOT NULL,
    recipient   TEXT NOT NULL,
    name        TEXT NOT NULL,
    lang        TEXT NOT NULL,
    subject     TEXT NOT NULL,
    text        TEXT NOT NULL,
    html        TEXT NOT NULL,
    attachments TEXT NOT NULL,
    unsubscribe TEXT NOT NULL,
    sensitive   BOOLEAN NOT NULL,
    state       TEXT NOT NULL,
    tries       INTEGER NOT NULL,
    reason      TEXT NOT NULL,
    queued_at   TIMESTAMP NOT NULL,
    next_at     TIMESTAMP NOT NULL,
    taken_until TIMESTAMP,
    sent_at     TIMESTAMP,
    emptied_at  TIMESTAMP
);
CREATE INDEX mail_outbox_queue ON mail_outbox (next_at) WHERE state = 'queued';
CREATE INDEX mail_outbox_account ON mail_outbox (account, queued_at);
CREATE INDEX mail_outbox_states ON mail_outbox (state, queued_at);
