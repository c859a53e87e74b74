-- +goose Up
-- Who is told of trouble with services: rows of the table of routing.
CREATE TABLE alert_routes (
    id           TEXT NOT NULL PRIMARY KEY,
    name         TEXT NOT NULL,
    position     BIGINT NOT NULL,
    enabled      BOOLEAN NOT NULL,
    institutions TEXT NOT NULL,
    tiers        TEXT NOT NULL,
    kinds        TEXT NOT NULL,
    "when"       TEXT NOT NULL,
    steps        TEXT NOT NULL,
    "group"      TEXT NOT NULL,
    remind       BIGINT NOT NULL, -- nanoseconds
    recovery     BOOLEAN NOT NULL,
    quiet_from   TEXT NOT NULL,
    quiet_to     TEXT NOT NULL,
    wake_for     BOOLEAN NOT NULL,
    revision     BIGINT NOT NULL,
    created_at   TIMESTAMPTZ NOT NULL,
    updated_at   TIMESTAMPTZ NOT NULL
);

-- What began and ended. One event of a kind is open about a subject at a time.
CREATE TABLE alert_events (
    key          TEXT NOT NULL PRIMARY KEY,
    kind         TEXT NOT NULL,
    subject      TEXT NOT NULL,
    service      TEXT NOT NULL,
    institution  TEXT NOT NULL,
    tier         TEXT NOT NULL,
    incident     BIGINT NOT NULL,
    started_at   TIMESTAMPTZ NOT NULL,
    confirmed_at TIMESTAMPTZ NOT NULL,
    ack_at       TIMESTAMPTZ,
    ack_by       TEXT NOT NULL,
    ended_at     TIMESTAMPTZ,
    settled      BOOLEAN NOT NULL,
    facts        TEXT NOT NULL
);
CREATE UNIQUE INDEX alert_events_open ON alert_events (kind, subject) WHERE ended_at IS NULL;
CREATE INDEX alert_events_unsettled ON alert_events (started_at) WHERE NOT settled;
CREATE INDEX alert_events_started ON alert_events (started_at);

-- The proof that somebody was told: each step once an event, route and receiver.
CREATE TABLE alert_tellings (
    event   TEXT NOT NULL,
    route   TEXT NOT NULL,
    step    TEXT NOT NULL,
    channel TEXT NOT NULL,
    target  TEXT NOT NULL,
    message TEXT NOT NULL,
    at      TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (event, route, step, channel, target)
);
CREATE INDEX alert_tellings_message ON alert_tellings (message);

-- The outbox, and afterwards the history, of what was told.
CREATE TABLE alert_messages (
    id           TEXT NOT NULL PRIMARY KEY,
    route        TEXT NOT NULL,
    route_name   TEXT NOT NULL,
    stage        TEXT NOT NULL,
    channel      TEXT NOT NULL,
    type         TEXT NOT NULL,
    target       TEXT NOT NULL,
    role         TEXT NOT NULL,
    lang         TEXT NOT NULL,
    institutions TEXT NOT NULL,
    subject      TEXT NOT NULL,
    text         TEXT NOT NULL,
    lines        TEXT NOT NULL,
    state        TEXT NOT NULL,
    tries        BIGINT NOT NULL,
    cause        TEXT NOT NULL,
    queued_at    TIMESTAMPTZ NOT NULL,
    next_at      TIMESTAMPTZ NOT NULL,
    taken_until  TIMESTAMPTZ,
    sent_at      TIMESTAMPTZ
);
CREATE INDEX alert_messages_queue ON alert_messages (next_at) WHERE state = 'queued';
CREATE INDEX alert_messages_states ON alert_messages (state, queued_at);
CREATE INDEX alert_messages_queued ON alert_messages (queued_at);

-- Signed links in mails. The secret is in the mail; here is its hash.
CREATE TABLE alert_links (
    hash       TEXT NOT NULL PRIMARY KEY,
    event      TEXT NOT NULL,
    account    TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    used_at    TIMESTAMPTZ
);
CREATE INDEX alert_links_expires ON alert_links (expires_at);

-- The row "looked" is locked by whoever works out what is to be told: the
-- moment (microseconds) until which incidents were seen, "first" when anybody began to look.
CREATE TABLE alert_state (
    name  TEXT NOT NULL PRIMARY KEY,
    value BIGINT NOT NULL
);
INSERT INTO alert_state (name, value) VALUES ('looked', 0), ('first', 0);

-- Mails that belong together, such as those of one incident.
ALTER TABLE mail_outbox ADD COLUMN thread TEXT NOT NULL DEFAULT '';
