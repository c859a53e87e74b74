-- +goose Up
-- Terms and legal grounds of answers to people outside: data, corrected by a jurist without a release.
CREATE TABLE request_rules (
    code      TEXT NOT NULL PRIMARY KEY,
    kind      TEXT NOT NULL,
    position  INTEGER NOT NULL,
    number    INTEGER NOT NULL,
    name      TEXT NOT NULL,
    basis     TEXT NOT NULL,
    certainty TEXT NOT NULL,
    source    TEXT NOT NULL
);

-- What people outside ask and say. Nothing here tells who they are.
CREATE TABLE requests (
    ref          TEXT NOT NULL PRIMARY KEY,
    kind         TEXT NOT NULL,
    state        TEXT NOT NULL,
    outcome      TEXT NOT NULL,
    revision     INTEGER NOT NULL,
    institution  TEXT NOT NULL,
    dataset      TEXT NOT NULL,
    language     TEXT NOT NULL,
    title        TEXT NOT NULL,
    text         TEXT NOT NULL,
    why          TEXT NOT NULL,
    public_title TEXT NOT NULL,
    public_text  TEXT NOT NULL,
    words        TEXT NOT NULL,
    digest       TEXT NOT NULL,
    received_at  TIMESTAMP NOT NULL,
    due_at       TIMESTAMP,
    published_at TIMESTAMP,
    answered_at  TIMESTAMP,
    took_days    INTEGER,
    final_at     TIMESTAMP,
    answer       TEXT NOT NULL,
    ground       TEXT NOT NULL,
    refusal      TEXT NOT NULL,
    merged_into  TEXT NOT NULL,
    planned_for  TEXT,
    supports     INTEGER NOT NULL,
    moves        INTEGER NOT NULL,
    updated_at   TIMESTAMP NOT NULL
);
CREATE INDEX requests_institution ON requests (institution, state, due_at);
CREATE INDEX requests_state ON requests (state, received_at);
CREATE INDEX requests_dataset ON requests (dataset, state) WHERE dataset <> '';
CREATE INDEX requests_digest ON requests (digest, received_at);

-- The way of a message, fit for the public.
CREATE TABLE request_events (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    ref         TEXT NOT NULL REFERENCES requests (ref),
    at          TIMESTAMP NOT NULL,
    act         TEXT NOT NULL,
    state       TEXT NOT NULL,
    institution TEXT NOT NULL,
    dataset     TEXT NOT NULL,
    day         TEXT
);
CREATE INDEX request_events_ref ON request_events (ref, id);

-- Who waits for news. The address is erased some days after the end, or when its holder asks.
CREATE TABLE request_people (
    id         TEXT NOT NULL PRIMARY KEY,
    ref        TEXT NOT NULL REFERENCES requests (ref),
    role       TEXT NOT NULL,
    email      TEXT NOT NULL,
    language   TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    erased_at  TIMESTAMP
);
CREATE INDEX request_people_ref ON request_people (ref);

-- Hashes of the secret links by which a person follows a message.
CREATE TABLE request_links (
    hash      TEXT NOT NULL PRIMARY KEY,
    person_id TEXT NOT NULL REFERENCES request_people (id) ON DELETE CASCADE
);

-- News that wait for the digest.
CREATE TABLE request_pending (
    person_id TEXT NOT NULL REFERENCES request_people (id) ON DELETE CASCADE,
    ref       TEXT NOT NULL REFERENCES requests (ref),
    PRIMARY KEY (person_id, ref)
);

-- One row for each "me too", under the hash of a cookie.
CREATE TABLE request_supports (
    ref  TEXT NOT NULL REFERENCES requests (ref),
    mark TEXT NOT NULL,
    at   TIMESTAMP NOT NULL,
    PRIMARY KEY (ref, mark)
);

-- How often somebody sent something today. Keys are hashes with the salt of the day, which goes with the day.
CREATE TABLE request_tries (
    mark TEXT NOT NULL PRIMARY KEY,
    day  TEXT NOT NULL,
    n    INTEGER NOT NULL
);
CREATE TABLE request_salts (
    day  TEXT NOT NULL PRIMARY KEY,
    salt TEXT NOT NULL
);

-- The last number of a kind in a year.
CREATE TABLE request_numbers (
    prefix TEXT NOT NULL,
    year   INTEGER NOT NULL,
    last   INTEGER NOT NULL,
    PRIMARY KEY (prefix, year)
);
