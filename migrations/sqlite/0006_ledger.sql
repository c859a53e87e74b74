-- +goose Up
-- Between the end of a period and when its data are due.
ALTER TABLE frequencies ADD COLUMN lag_days INTEGER NOT NULL DEFAULT 0;

-- Start of the first period that the approved frequency binds.
ALTER TABLE publications ADD COLUMN bound_from TIMESTAMP NOT NULL DEFAULT 0;
UPDATE publications SET bound_from = issued;

-- One promise to update: a dataset and a reference period. Rows of the past are never rewritten.
CREATE TABLE obligations (
    dataset_id    TEXT NOT NULL REFERENCES datasets (id),
    period        TEXT NOT NULL,
    ref           TEXT NOT NULL,
    institution   TEXT NOT NULL REFERENCES institutions (slug),
    frequency     TEXT NOT NULL,
    basis         TEXT NOT NULL,
    starts_at     TIMESTAMP NOT NULL,
    ends_at       TIMESTAMP NOT NULL,
    due_at        TIMESTAMP NOT NULL,
    late_after    TIMESTAMP NOT NULL,
    met_at        TIMESTAMP,
    evidence      TEXT NOT NULL,
    evidence_day  TEXT,
    evidence_by   TEXT NOT NULL,
    evidence_note TEXT NOT NULL,
    content_hash  TEXT NOT NULL,
    content_rows  BIGINT,
    waived_at     TIMESTAMP,
    waived_until  TIMESTAMP,
    waived_by     TEXT NOT NULL,
    waiver_reason TEXT NOT NULL,
    closed_at     TIMESTAMP,
    PRIMARY KEY (dataset_id, period)
);
-- What is late, the longest first; and the counts by institution without reading the rows.
CREATE INDEX obligations_open ON obligations (late_after, dataset_id) WHERE met_at IS NULL AND closed_at IS NULL;
CREATE INDEX obligations_standing ON obligations (institution, due_at, late_after, met_at, waived_until, closed_at);
