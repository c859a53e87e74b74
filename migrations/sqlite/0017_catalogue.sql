-- +goose Up
-- Whatever marks a change of what is public, side by side: read whole at every change of the register.
CREATE INDEX publications_feed ON publications (dataset_id, ref, institution, revision, hash, modified, withdrawn_at);

-- A page of the catalogue: what is known of it without loading it. The key is a hash of all it is written from.
CREATE TABLE catalogue_leaves (
    key      TEXT NOT NULL PRIMARY KEY,
    datasets INTEGER NOT NULL,
    issued   TIMESTAMP NOT NULL,
    modified TIMESTAMP NOT NULL,
    left_out TEXT NOT NULL,
    measures BLOB NOT NULL,
    bytes    BIGINT NOT NULL,
    kept_at  TIMESTAMP NOT NULL
);

-- Its bytes, by dialect and encoding.
CREATE TABLE catalogue_runs (
    leaf     TEXT NOT NULL REFERENCES catalogue_leaves (key) ON DELETE CASCADE,
    dialect  INTEGER NOT NULL,
    encoding INTEGER NOT NULL,
    data     BLOB NOT NULL,
    PRIMARY KEY (leaf, dialect, encoding)
);

-- The register as portals read it, at a moment: the keys of its pages, one after the other.
CREATE TABLE catalogue_snapshots (
    id            TEXT NOT NULL PRIMARY KEY,
    version       BIGINT NOT NULL,
    rendering     INTEGER NOT NULL,
    generation    TEXT NOT NULL,
    built_at      TIMESTAMP NOT NULL,
    leaves        BLOB NOT NULL,
    gone          TEXT NOT NULL,
    datasets      INTEGER NOT NULL,
    bytes         BIGINT NOT NULL,
    left_out      TEXT NOT NULL,
    superseded_at TIMESTAMP,
    served_at     TIMESTAMP
);

-- What is served, in one row: the newest snapshot, or the one an operator went back to.
CREATE TABLE catalogue_served (
    id         INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    newest     TEXT NOT NULL,
    pinned     TEXT NOT NULL,
    reason     TEXT NOT NULL,
    pinned_by  TEXT NOT NULL,
    pinned_at  TIMESTAMP,
    refused    TEXT NOT NULL,
    refused_at TIMESTAMP
);
INSERT INTO catalogue_served (id, newest, pinned, reason, pinned_by, refused) VALUES (1, '', '', '', '', '');

-- Who writes the next snapshot, until when by the clock of the database in milliseconds.
CREATE TABLE catalogue_lease (
    id     INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    holder TEXT NOT NULL,
    until  BIGINT NOT NULL
);
INSERT INTO catalogue_lease (id, holder, until) VALUES (1, '', 0);
