-- +goose Up
CREATE TABLE datasets (
    id                 TEXT NOT NULL PRIMARY KEY,
    ref                TEXT NOT NULL UNIQUE,
    name               TEXT NOT NULL,
    institution        TEXT NOT NULL REFERENCES institutions (slug),
    state              TEXT NOT NULL,
    revision           BIGINT NOT NULL,
    title              JSONB NOT NULL,
    description        JSONB NOT NULL,
    keywords           JSONB NOT NULL,
    theme              TEXT NOT NULL,
    frequency          TEXT NOT NULL,
    licence            TEXT NOT NULL,
    openness           TEXT NOT NULL,
    legal_ground       TEXT NOT NULL,
    personal_data      BOOLEAN NOT NULL,
    personal_unknown   BOOLEAN NOT NULL,
    anonymisation      TEXT NOT NULL,
    target_date        TEXT,
    temporal_start     TEXT,
    temporal_end       TEXT,
    spatial            JSONB NOT NULL,
    contact_name       TEXT NOT NULL,
    contact_email      TEXT NOT NULL,
    producer           TEXT NOT NULL,
    data_modified      TEXT,
    distributions      JSONB NOT NULL,
    source_portal      TEXT NOT NULL,
    source_id          TEXT NOT NULL,
    source_hash        TEXT NOT NULL,
    reason             TEXT NOT NULL,
    replaced_by        TEXT NOT NULL,
    submitted_by       TEXT NOT NULL,
    submitted_at       TIMESTAMPTZ,
    reviewed_by        TEXT NOT NULL,
    reviewed_at        TIMESTAMPTZ,
    approved_revision  BIGINT NOT NULL,
    approved_hash      TEXT NOT NULL,
    due_at             TIMESTAMPTZ,
    late_after         TIMESTAMPTZ,
    search             TEXT NOT NULL,
    created_at         TIMESTAMPTZ NOT NULL,
    updated_at         TIMESTAMPTZ NOT NULL
);
CREATE UNIQUE INDEX datasets_name ON datasets (name) WHERE name <> '';
-- Importing the same entry twice must find the first, whoever imports it.
CREATE UNIQUE INDEX datasets_source ON datasets (source_portal, source_id) WHERE source_id <> '';
CREATE INDEX datasets_institution ON datasets (institution, updated_at, id);
CREATE INDEX datasets_state ON datasets (state, updated_at, id);
CREATE INDEX datasets_updated ON datasets (updated_at, id);
CREATE INDEX datasets_late ON datasets (late_after) WHERE late_after IS NOT NULL;

-- What the public and every harvester see: a copy of the approved revision, or its tombstone.
CREATE TABLE publications (
    dataset_id         TEXT NOT NULL PRIMARY KEY REFERENCES datasets (id),
    ref                TEXT NOT NULL UNIQUE,
    name               TEXT NOT NULL UNIQUE,
    institution        TEXT NOT NULL REFERENCES institutions (slug),
    revision           BIGINT NOT NULL,
    hash               TEXT NOT NULL,
    title              JSONB NOT NULL,
    description        JSONB NOT NULL,
    keywords           JSONB NOT NULL,
    theme              TEXT NOT NULL,
    frequency          TEXT NOT NULL,
    licence            TEXT NOT NULL,
    openness           TEXT NOT NULL,
    legal_ground       TEXT NOT NULL,
    personal_data      BOOLEAN NOT NULL,
    personal_unknown   BOOLEAN NOT NULL,
    anonymisation      TEXT NOT NULL,
    target_date        TEXT,
    temporal_start     TEXT,
    temporal_end       TEXT,
    spatial            JSONB NOT NULL,
    contact_name       TEXT NOT NULL,
    contact_email      TEXT NOT NULL,
    producer           TEXT NOT NULL,
    data_modified      TEXT,
    distributions      JSONB NOT NULL,
    source_portal      TEXT NOT NULL,
    source_id          TEXT NOT NULL,
    issued             TIMESTAMPTZ NOT NULL,
    modified           TIMESTAMPTZ NOT NULL,
    due_at             TIMESTAMPTZ,
    late_after         TIMESTAMPTZ,
    withdrawn_at       TIMESTAMPTZ,
    withdrawal_reason  TEXT NOT NULL,
    replaced_by        TEXT NOT NULL,
    search             TEXT NOT NULL,
    formats            TEXT NOT NULL
);
CREATE INDEX publications_institution ON publications (institution);
CREATE INDEX publications_theme ON publications (theme);
CREATE INDEX publications_modified ON publications (modified);
CREATE INDEX publications_late ON publications (late_after) WHERE late_after IS NOT NULL;

-- The last number given to a dataset of the institution in the year: numbers are never reused.
CREATE TABLE dataset_numbers (
    institution TEXT NOT NULL,
    year        BIGINT NOT NULL,
    last        BIGINT NOT NULL,
    PRIMARY KEY (institution, year)
);

-- How often a part of the register has changed: "catalogue" and "vocabulary". Readers compare it to know
-- whether what they hold is still true.
CREATE TABLE register_versions (
    part       TEXT NOT NULL PRIMARY KEY,
    number     BIGINT NOT NULL,
    changed_at TIMESTAMPTZ NOT NULL
);

CREATE TABLE frequencies (
    code       TEXT NOT NULL PRIMARY KEY,
    position   BIGINT NOT NULL,
    name       JSONB NOT NULL,
    ckan       TEXT NOT NULL,
    eu         TEXT NOT NULL,
    iso8601    TEXT NOT NULL,
    accrual    TEXT NOT NULL,
    grace_days BIGINT NOT NULL,
    rule       TEXT NOT NULL,
    synonyms   JSONB NOT NULL,
    provenance TEXT NOT NULL
);

CREATE TABLE themes (
    code       TEXT NOT NULL PRIMARY KEY,
    position   BIGINT NOT NULL,
    name       JSONB NOT NULL,
    eu         TEXT NOT NULL,
    uri        TEXT NOT NULL,
    provenance TEXT NOT NULL
);

CREATE TABLE licences (
    code       TEXT NOT NULL PRIMARY KEY,
    position   BIGINT NOT NULL,
    name       JSONB NOT NULL,
    portal_id  TEXT NOT NULL,
    url        TEXT NOT NULL,
    spdx       TEXT NOT NULL,
    alias_of   TEXT NOT NULL,
    approvable TEXT NOT NULL,
    provenance TEXT NOT NULL
);

CREATE TABLE governorates (
    code       TEXT NOT NULL PRIMARY KEY,
    position   BIGINT NOT NULL,
    name       JSONB NOT NULL,
    provenance TEXT NOT NULL
);

CREATE TABLE holidays (
    day        TEXT NOT NULL PRIMARY KEY,
    name       JSONB NOT NULL,
    confirmed  BOOLEAN NOT NULL,
    provenance TEXT NOT NULL
);

CREATE TABLE rules (
    code      TEXT NOT NULL PRIMARY KEY,
    position  BIGINT NOT NULL,
    article   TEXT NOT NULL,
    duty      JSONB NOT NULL,
    effect    TEXT NOT NULL,
    status    TEXT NOT NULL,
    certainty TEXT NOT NULL,
    source    TEXT NOT NULL
);
