-- +goose Up
-- What the inventory sheet asks beyond what a catalogue shows.
ALTER TABLE datasets ADD COLUMN extra TEXT NOT NULL DEFAULT '{}';
ALTER TABLE publications ADD COLUMN extra TEXT NOT NULL DEFAULT '{}';

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
    counts      TEXT NOT NULL,
    sheets      TEXT NOT NULL,
    file        BLOB NOT NULL,
    created_at  TIMESTAMP NOT NULL,
    applied_at  TIMESTAMP,
    undone_at   TIMESTAMP
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
    entry        TEXT,
    remarks      TEXT NOT NULL,
    changes      TEXT NOT NULL,
    before       TEXT,
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
