-- +goose Up
-- Until here an incident was one check's. From here it is what people speak of: one or many outages. Each of the old
-- ones becomes an incident with a single outage of the same number.
CREATE TABLE outages (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    incident     INTEGER NOT NULL, -- 0: began during announced maintenance
    check_id     INTEGER NOT NULL,
    service      TEXT NOT NULL,
    started_at   TIMESTAMP NOT NULL,
    confirmed_at TIMESTAMP NOT NULL,
    ended_at     TIMESTAMP,
    resolution   TEXT NOT NULL,
    reason       INTEGER NOT NULL,
    status       INTEGER NOT NULL,
    detail       TEXT NOT NULL,
    grounds      TEXT NOT NULL
);
INSERT INTO outages (id, incident, check_id, service, started_at, confirmed_at, ended_at, resolution, reason, status, detail, grounds)
    SELECT id, id, check_id, service, started_at, confirmed_at, ended_at, resolution, reason, status, detail, '[]' FROM incidents;
CREATE UNIQUE INDEX outages_check ON outages (check_id, started_at);
CREATE UNIQUE INDEX outages_open ON outages (check_id) WHERE ended_at IS NULL;
CREATE INDEX outages_service ON outages (service, started_at);
CREATE INDEX outages_incident ON outages (incident);
CREATE INDEX outages_ended ON outages (ended_at);

DROP INDEX incidents_check;
DROP INDEX incidents_open;
ALTER TABLE incidents ADD COLUMN severity TEXT NOT NULL DEFAULT 'major';
ALTER TABLE incidents ADD COLUMN reach INTEGER NOT NULL DEFAULT 1;
ALTER TABLE incidents ADD COLUMN cause_kind TEXT NOT NULL DEFAULT '';
ALTER TABLE incidents ADD COLUMN cause TEXT NOT NULL DEFAULT '';
ALTER TABLE incidents ADD COLUMN alone BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE incidents ADD COLUMN acknowledged_at TIMESTAMP;
ALTER TABLE incidents ADD COLUMN acknowledged_by TEXT NOT NULL DEFAULT '';
ALTER TABLE incidents ADD COLUMN acknowledger TEXT NOT NULL DEFAULT '';
ALTER TABLE incidents ADD COLUMN revision INTEGER NOT NULL DEFAULT 1;
ALTER TABLE incidents ADD COLUMN touched_at TIMESTAMP NOT NULL DEFAULT '2000-01-01 00:00:00+00:00';
UPDATE incidents SET touched_at = coalesce(ended_at, confirmed_at);
UPDATE incidents SET severity = (SELECT CASE s.tier WHEN 'critical' THEN 'critical' WHEN 'information' THEN 'minor' ELSE 'major' END
    FROM services s WHERE s.slug = incidents.service) WHERE service IN (SELECT slug FROM services);
CREATE INDEX incidents_running ON incidents (started_at) WHERE ended_at IS NULL;
CREATE INDEX incidents_started ON incidents (started_at, id);
CREATE INDEX incidents_touched ON incidents (touched_at);

-- What was seen when an outage was confirmed.
CREATE TABLE incident_evidence (
    outage       INTEGER NOT NULL PRIMARY KEY REFERENCES outages (id) ON DELETE CASCADE,
    at           TIMESTAMP NOT NULL,
    status       INTEGER NOT NULL,
    url          TEXT NOT NULL,
    address      TEXT NOT NULL,
    answers      TEXT NOT NULL,
    name_servers TEXT NOT NULL,
    vantage      INTEGER NOT NULL,
    phases       TEXT NOT NULL,
    headers      TEXT NOT NULL,
    excerpt      TEXT NOT NULL,
    chain        TEXT NOT NULL
);

CREATE TABLE incident_notes (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    incident INTEGER NOT NULL REFERENCES incidents (id) ON DELETE CASCADE,
    at       TIMESTAMP NOT NULL,
    by       TEXT NOT NULL,
    author   TEXT NOT NULL,
    public   BOOLEAN NOT NULL,
    text     TEXT NOT NULL
);
CREATE INDEX incident_notes_incident ON incident_notes (incident, id);

CREATE TABLE incident_reviews (
    incident     INTEGER NOT NULL PRIMARY KEY REFERENCES incidents (id) ON DELETE CASCADE,
    what         TEXT NOT NULL,
    cause        TEXT NOT NULL,
    done         TEXT NOT NULL,
    change       TEXT NOT NULL,
    by           TEXT NOT NULL,
    author       TEXT NOT NULL,
    written_at   TIMESTAMP NOT NULL,
    published_at TIMESTAMP
);

CREATE TABLE maintenance (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    scope        TEXT NOT NULL,
    target       TEXT NOT NULL,
    institution  TEXT NOT NULL,
    title        TEXT NOT NULL,
    public       BOOLEAN NOT NULL,
    starts_at    TIMESTAMP NOT NULL,
    ends_at      TIMESTAMP,
    schedule     TEXT NOT NULL,
    duration     INTEGER NOT NULL, -- nanoseconds
    exceptions   TEXT NOT NULL,
    cancelled_at TIMESTAMP,
    by           TEXT NOT NULL,
    author       TEXT NOT NULL,
    revision     INTEGER NOT NULL,
    created_at   TIMESTAMP NOT NULL,
    updated_at   TIMESTAMP NOT NULL
);
CREATE INDEX maintenance_ends ON maintenance (ends_at);

-- Who wants to be told by mail. Nothing is kept of them but the address.
CREATE TABLE incident_subscribers (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    email        TEXT NOT NULL,
    scope        TEXT NOT NULL,
    target       TEXT NOT NULL,
    language     TEXT NOT NULL,
    asked_at     TIMESTAMP NOT NULL,
    asked        INTEGER NOT NULL, -- how many times within a day of asked_at
    confirmed_at TIMESTAMP,
    told_day     TEXT NOT NULL,
    told         INTEGER NOT NULL  -- mails on that day
);
CREATE UNIQUE INDEX incident_subscribers_one ON incident_subscribers (email, scope, target);

-- Links in mails. The secret is in the mail; here is its hash.
CREATE TABLE incident_links (
    hash       TEXT NOT NULL PRIMARY KEY,
    subscriber INTEGER NOT NULL REFERENCES incident_subscribers (id) ON DELETE CASCADE,
    act        TEXT NOT NULL,
    expires_at TIMESTAMP NOT NULL
);
CREATE INDEX incident_links_subscriber ON incident_links (subscriber);

-- What a subscriber was told: each thing once.
CREATE TABLE incident_told (
    subscriber INTEGER NOT NULL REFERENCES incident_subscribers (id) ON DELETE CASCADE,
    subject    INTEGER NOT NULL, -- of an incident, or of a maintenance window
    what       TEXT NOT NULL,
    at         TIMESTAMP NOT NULL,
    PRIMARY KEY (subscriber, subject, what)
);

-- Whoever changes incidents takes this row first, so that two processes do not open two for one cause.
INSERT INTO watch_state (name, value) VALUES ('incidents', 1);
