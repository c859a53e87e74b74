-- +goose Up
-- Catalogues whose datasets also reach the national portal: data, loaded by seed.
CREATE TABLE source_portals (
    host       TEXT NOT NULL PRIMARY KEY,
    position   BIGINT NOT NULL,
    name       JSONB NOT NULL,
    page       TEXT NOT NULL,
    provenance TEXT NOT NULL
);

-- Ids of public datasets that are the same data: follows twin_decisions.
ALTER TABLE publications ADD COLUMN same_as JSONB NOT NULL DEFAULT '[]';

-- What somebody decided about two datasets that look alike; a is the smaller id.
CREATE TABLE twin_decisions (
    a           TEXT NOT NULL,
    b           TEXT NOT NULL,
    verdict     TEXT NOT NULL,
    reason      TEXT NOT NULL,
    institution TEXT NOT NULL,
    account     TEXT NOT NULL,
    decided_at  TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (a, b)
);
CREATE INDEX twin_decisions_b ON twin_decisions (b);

-- Ref of the dataset that a row of a file looks like.
ALTER TABLE changeset_rows ADD COLUMN twin TEXT NOT NULL DEFAULT '';
CREATE INDEX changeset_rows_twin ON changeset_rows (changeset_id, n) WHERE twin <> '';
