-- +goose Up
-- Who walked through the catalogue, on which snapshot, and how far. The network is coarse and goes after some weeks; the
-- mark, by which another process finds a walk under way, is made with the salt of the day and goes with it.
CREATE TABLE harvest_receipts (
    id          TEXT NOT NULL PRIMARY KEY,
    mark        TEXT NOT NULL,
    consumer    TEXT NOT NULL,
    client      TEXT NOT NULL,
    network     TEXT NOT NULL,
    dialect     TEXT NOT NULL,
    scope       TEXT NOT NULL,
    snapshot    TEXT NOT NULL,
    version     BIGINT NOT NULL,
    snapshot_at TIMESTAMPTZ NOT NULL,
    begun_at    TIMESTAMPTZ NOT NULL,
    seen_at     TIMESTAMPTZ NOT NULL,
    ended_at    TIMESTAMPTZ,
    reached     INTEGER NOT NULL,
    total       INTEGER NOT NULL,
    requests    INTEGER NOT NULL,
    moved       BOOLEAN NOT NULL
);
CREATE INDEX harvest_receipts_begun ON harvest_receipts (begun_at);
CREATE INDEX harvest_receipts_seen ON harvest_receipts (seen_at);
CREATE INDEX harvest_receipts_consumer ON harvest_receipts (consumer, begun_at);
CREATE INDEX harvest_receipts_mark ON harvest_receipts (mark, begun_at) WHERE mark <> '';

CREATE TABLE harvest_salts (
    day  TEXT NOT NULL PRIMARY KEY,
    salt TEXT NOT NULL
);

-- How each reader stands: the last state of the register that it took whole.
CREATE TABLE harvest_consumers (
    consumer    TEXT NOT NULL PRIMARY KEY,
    seen_at     TIMESTAMPTZ NOT NULL,
    complete_at TIMESTAMPTZ,
    begun_at    TIMESTAMPTZ,
    snapshot    TEXT NOT NULL,
    version     BIGINT NOT NULL
);

-- Reads of the national portal.
CREATE TABLE portal_readings (
    id         TEXT NOT NULL PRIMARY KEY,
    portal     TEXT NOT NULL,
    started_at TIMESTAMPTZ NOT NULL,
    ended_at   TIMESTAMPTZ NOT NULL,
    whole      BOOLEAN NOT NULL,
    failure    TEXT NOT NULL,
    detail     TEXT NOT NULL,
    requests   INTEGER NOT NULL,
    packages   INTEGER NOT NULL,
    told       INTEGER NOT NULL,
    unreadable INTEGER NOT NULL,
    matched    INTEGER NOT NULL,
    offered    INTEGER NOT NULL,
    open       TEXT NOT NULL,
    sources    TEXT NOT NULL
);
CREATE INDEX portal_readings_started ON portal_readings (started_at);
CREATE INDEX portal_readings_whole ON portal_readings (ended_at) WHERE whole;

-- What is wrong on the portal, one row a thing that can be, with its life.
CREATE TABLE portal_findings (
    id              TEXT NOT NULL PRIMARY KEY,
    kind            TEXT NOT NULL,
    subject         TEXT NOT NULL,
    field           TEXT NOT NULL,
    ref             TEXT NOT NULL,
    institution     TEXT NOT NULL,
    title           TEXT NOT NULL,
    portal_id       TEXT NOT NULL,
    portal_name     TEXT NOT NULL,
    ours            TEXT NOT NULL,
    theirs          TEXT NOT NULL,
    opened_at       TIMESTAMPTZ NOT NULL,
    seen_at         TIMESTAMPTZ NOT NULL,
    gone_at         TIMESTAMPTZ,
    times           INTEGER NOT NULL,
    revision        INTEGER NOT NULL,
    acknowledged_by TEXT NOT NULL,
    acknowledged_at TIMESTAMPTZ,
    reason          TEXT NOT NULL
);
CREATE UNIQUE INDEX portal_findings_key ON portal_findings (subject, kind, field);
CREATE INDEX portal_findings_open ON portal_findings (kind, opened_at) WHERE gone_at IS NULL;
CREATE INDEX portal_findings_institution ON portal_findings (institution, kind) WHERE gone_at IS NULL;
