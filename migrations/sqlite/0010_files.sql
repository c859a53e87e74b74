-- +goose Up
-- How the file of each distribution stands. Rows of drafts are of what is worked on and differs from what is public.
CREATE TABLE files (
    dataset_id      TEXT NOT NULL REFERENCES datasets (id),
    distribution_id TEXT NOT NULL,
    draft           BOOLEAN NOT NULL,
    ref             TEXT NOT NULL,
    institution     TEXT NOT NULL REFERENCES institutions (slug),
    url             TEXT NOT NULL,
    page_url        TEXT NOT NULL,
    declared        TEXT NOT NULL,
    host            TEXT NOT NULL,
    state           TEXT NOT NULL,
    reason          TEXT NOT NULL,
    status          INTEGER NOT NULL,
    page_status     INTEGER NOT NULL,
    since           TIMESTAMP NOT NULL,
    failures        INTEGER NOT NULL,
    failing_since   TIMESTAMP,
    looked_at       TIMESTAMP,
    next_at         TIMESTAMP NOT NULL,
    final_url       TEXT NOT NULL,
    etag            TEXT NOT NULL,
    last_modified   TEXT NOT NULL,
    format          TEXT NOT NULL,
    encoding        TEXT NOT NULL,
    delimiter       TEXT NOT NULL,
    bytes           BIGINT NOT NULL,
    hash            TEXT NOT NULL,
    digest          TEXT NOT NULL,
    rows            BIGINT,
    columns         INTEGER NOT NULL,
    profile         TEXT NOT NULL,
    date_column     TEXT NOT NULL,
    newest          TEXT,
    seen_at         TIMESTAMP,
    changed_at      TIMESTAMP,
    flag            TEXT NOT NULL,
    flagged_at      TIMESTAMP,
    declaring       TEXT,
    PRIMARY KEY (dataset_id, distribution_id, draft)
);
CREATE INDEX files_due ON files (host, next_at) WHERE NOT draft;
CREATE INDEX files_standing ON files (institution, state) WHERE NOT draft;

-- The last looks at each file; older ones are deleted as new ones come.
CREATE TABLE file_looks (
    id              INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    dataset_id      TEXT NOT NULL,
    distribution_id TEXT NOT NULL,
    draft           BOOLEAN NOT NULL,
    at              TIMESTAMP NOT NULL,
    state           TEXT NOT NULL,
    reason          TEXT NOT NULL,
    status          INTEGER NOT NULL,
    change          TEXT NOT NULL,
    bytes           BIGINT NOT NULL,
    hash            TEXT NOT NULL,
    rows            BIGINT,
    took_ms         BIGINT NOT NULL
);
CREATE INDEX file_looks_of ON file_looks (dataset_id, distribution_id, draft, id);

-- How each site wants to be treated: when it may be asked again, and how often it was asked today.
CREATE TABLE file_hosts (
    host       TEXT NOT NULL PRIMARY KEY,
    not_before TIMESTAMP NOT NULL,
    failures   INTEGER NOT NULL,
    day        TEXT NOT NULL,
    used       INTEGER NOT NULL
);
