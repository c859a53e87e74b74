-- +goose Up
-- What the inventory sheet asks beyond what a catalogue shows.
ALTER TABLE datasets ADD COLUMN extra JSONB NOT NULL DEFAULT '{}';
ALTER TABLE publications ADD COLUMN extra JSONB NOT NULL DEFAULT '{}';

-- What is handed in is a changeset now, whatever the way it came.
DROP TABLE uploads;

-- A file handed in: what it would change, and once applied what it changed.
CREATE TABLE changesets (
    id          TEXT NOT NULL PRIMARY KEY,
    institution TEXT NOT NULL REFERENCES institutions (slug),
    account     TEXT NOT NULL,
    name        TEXT NOT NULL,
    format      TEXT NOT NULL,
    state       TEXT NOT NULL,
    counts      JSONB NOT NULL,
    sheets      JSONB NOT NULL,
    file        BYTEA NOT NULL,
    created_at  TIMESTAMPTZ NOT NULL,
    applied_at  TIMESTAMPTZ,
    undone_at   TIMESTAMPTZ
);
CREATE INDEX changesets_institution ON changesets (institution, created_at);
CREATE INDEX changesets_state ON changesets (state, created_at);

CREATE TABLE changeset_rows (
    changeset_id TEXT NOT NULL REFERENCES changesets (id) ON DELETE CASCADE,
    n            INTEGER NOT NULL,
    sheet        TEXT NOT NULL,
    line         INTEGER NOT NULL,
    outcome      TEXT NOT NULL,
    ref          TEXT NOT NULL,
    title        TEXT NOT NULL,
    cell         TEXT NOT NULL,
    entry        JSONB,
    remarks      JSONB NOT NULL,
    changes      JSONB NOT NULL,
    before       JSONB,
    revision     INTEGER NOT NULL,
    done         BOOLEAN NOT NULL,
    PRIMARY KEY (changeset_id, n)
);
CREATE INDEX changeset_rows_outcome ON changeset_rows (changeset_id, outcome, n);

-- Headings that an institution explained once: folded heading to column of the inventory sheet.
CREATE TABLE column_mappings (
    institution TEXT NOT NULL REFERENCES institutions (slug),
    label       TEXT NOT NULL,
    code        TEXT NOT NULL,
    PRIMARY KEY (institution, label)
);
