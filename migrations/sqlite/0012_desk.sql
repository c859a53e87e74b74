-- +goose Up
-- Figures of the desk, kept in the transaction of each change by triggers: whoever writes a dataset or an obligation
-- keeps them true. They hold days, not states, so that a promise becomes late without anything being written.
-- A day is counted from 1970-01-01 in Tunis, a week from the Monday before; 0 where there is none.

-- kind: met (in time), waived (met while a waiver held), late (met late), closed (withdrawn unmet), open.
-- week is that in which a late one was met or closed.
CREATE TABLE obligation_tally (
    institution TEXT NOT NULL,
    kind        TEXT NOT NULL,
    late_day    INTEGER NOT NULL,
    due_day     INTEGER NOT NULL,
    waived_day  INTEGER NOT NULL,
    week        INTEGER NOT NULL,
    n           INTEGER NOT NULL,
    PRIMARY KEY (kind, late_day, institution, due_day, waived_day, week)
) WITHOUT ROWID;

CREATE INDEX obligation_tally_week ON obligation_tally (week, kind, late_day, waived_day, institution, n);

-- target_date is kept while the dataset is not open in public, else empty.
CREATE TABLE dataset_tally (
    institution TEXT NOT NULL,
    state       TEXT NOT NULL,
    openness    TEXT NOT NULL,
    public      INTEGER NOT NULL,
    regular     INTEGER NOT NULL,
    late_day    INTEGER NOT NULL,
    target_date TEXT NOT NULL,
    n           INTEGER NOT NULL,
    PRIMARY KEY (institution, state, openness, public, regular, late_day, target_date)
) WITHOUT ROWID;

-- A committed opening date that was moved after it had been handed in.
CREATE TABLE target_moves (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    dataset_id  TEXT NOT NULL REFERENCES datasets (id),
    institution TEXT NOT NULL,
    was         TEXT NOT NULL,
    became      TEXT NOT NULL,
    at          TIMESTAMP NOT NULL
);
CREATE INDEX target_moves_dataset ON target_moves (dataset_id, id);
CREATE INDEX target_moves_institution ON target_moves (institution, at);

-- What was stated about a quarter of an institution; a row is never changed, another revision says what is otherwise.
CREATE TABLE statements (
    institution TEXT NOT NULL REFERENCES institutions (slug),
    quarter     TEXT NOT NULL,
    revision    INTEGER NOT NULL,
    issued_at   TIMESTAMP NOT NULL,
    issued_by   TEXT NOT NULL,
    reason      TEXT NOT NULL,
    hash        TEXT NOT NULL,
    body        TEXT NOT NULL,
    PRIMARY KEY (institution, quarter, revision)
);

CREATE INDEX datasets_queue ON datasets (state, submitted_at, id, institution);
CREATE INDEX datasets_target ON datasets (institution, target_date) WHERE target_date IS NOT NULL;
-- Lists of promises and how many there are, without reading the rows.
CREATE INDEX obligations_judged ON obligations (institution, late_after, met_at, waived_until);
DROP INDEX obligations_open;
CREATE INDEX obligations_open ON obligations (late_after, dataset_id, period, waived_until, institution, met_at, closed_at)
    WHERE met_at IS NULL AND closed_at IS NULL;
DROP INDEX obligations_standing;

-- +goose StatementBegin
CREATE TRIGGER obligation_tally_insert AFTER INSERT ON obligations BEGIN
    INSERT INTO obligation_tally (institution, kind, late_day, due_day, waived_day, week, n)
    VALUES (NEW.institution,
        CASE WHEN NEW.met_at < NEW.late_after THEN 'met' WHEN NEW.met_at < NEW.waived_until THEN 'waived' WHEN NEW.met_at IS NOT NULL THEN 'late' WHEN NEW.closed_at IS NOT NULL THEN 'closed' ELSE 'open' END,
        ((NEW.late_after + 3600000000) / 86400000000),
        CASE WHEN NEW.met_at IS NULL THEN ((NEW.due_at + 3600000000) / 86400000000) ELSE 0 END,
        CASE WHEN NEW.met_at IS NULL AND NEW.waived_until IS NOT NULL THEN ((NEW.waived_until + 3600000000) / 86400000000) ELSE 0 END,
        CASE WHEN NEW.met_at < NEW.late_after OR NEW.met_at < NEW.waived_until THEN 0 WHEN coalesce(NEW.met_at, NEW.closed_at) IS NOT NULL THEN (((coalesce(NEW.met_at, NEW.closed_at) + 3600000000) / 86400000000) + 3) / 7 ELSE 0 END, 1)
    ON CONFLICT (institution, kind, late_day, due_day, waived_day, week) DO UPDATE SET n = n + excluded.n;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER obligation_tally_delete AFTER DELETE ON obligations BEGIN
    INSERT INTO obligation_tally (institution, kind, late_day, due_day, waived_day, week, n)
    VALUES (OLD.institution,
        CASE WHEN OLD.met_at < OLD.late_after THEN 'met' WHEN OLD.met_at < OLD.waived_until THEN 'waived' WHEN OLD.met_at IS NOT NULL THEN 'late' WHEN OLD.closed_at IS NOT NULL THEN 'closed' ELSE 'open' END,
        ((OLD.late_after + 3600000000) / 86400000000),
        CASE WHEN OLD.met_at IS NULL THEN ((OLD.due_at + 3600000000) / 86400000000) ELSE 0 END,
        CASE WHEN OLD.met_at IS NULL AND OLD.waived_until IS NOT NULL THEN ((OLD.waived_until + 3600000000) / 86400000000) ELSE 0 END,
        CASE WHEN OLD.met_at < OLD.late_after OR OLD.met_at < OLD.waived_until THEN 0 WHEN coalesce(OLD.met_at, OLD.closed_at) IS NOT NULL THEN (((coalesce(OLD.met_at, OLD.closed_at) + 3600000000) / 86400000000) + 3) / 7 ELSE 0 END, -1)
    ON CONFLICT (institution, kind, late_day, due_day, waived_day, week) DO UPDATE SET n = n + excluded.n;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER obligation_tally_update AFTER UPDATE OF institution, due_at, late_after, met_at, waived_until, closed_at ON obligations BEGIN
    INSERT INTO obligation_tally (institution, kind, late_day, due_day, waived_day, week, n)
    VALUES (OLD.institution,
        CASE WHEN OLD.met_at < OLD.late_after THEN 'met' WHEN OLD.met_at < OLD.waived_until THEN 'waived' WHEN OLD.met_at IS NOT NULL THEN 'late' WHEN OLD.closed_at IS NOT NULL THEN 'closed' ELSE 'open' END,
        ((OLD.late_after + 3600000000) / 86400000000),
        CASE WHEN OLD.met_at IS NULL THEN ((OLD.due_at + 3600000000) / 86400000000) ELSE 0 END,
        CASE WHEN OLD.met_at IS NULL AND OLD.waived_until IS NOT NULL THEN ((OLD.waived_until + 3600000000) / 86400000000) ELSE 0 END,
        CASE WHEN OLD.met_at < OLD.late_after OR OLD.met_at < OLD.waived_until THEN 0 WHEN coalesce(OLD.met_at, OLD.closed_at) IS NOT NULL THEN (((coalesce(OLD.met_at, OLD.closed_at) + 3600000000) / 86400000000) + 3) / 7 ELSE 0 END, -1)
    ON CONFLICT (institution, kind, late_day, due_day, waived_day, week) DO UPDATE SET n = n + excluded.n;
    INSERT INTO obligation_tally (institution, kind, late_day, due_day, waived_day, week, n)
    VALUES (NEW.institution,
        CASE WHEN NEW.met_at < NEW.late_after THEN 'met' WHEN NEW.met_at < NEW.waived_until THEN 'waived' WHEN NEW.met_at IS NOT NULL THEN 'late' WHEN NEW.closed_at IS NOT NULL THEN 'closed' ELSE 'open' END,
        ((NEW.late_after + 3600000000) / 86400000000),
        CASE WHEN NEW.met_at IS NULL THEN ((NEW.due_at + 3600000000) / 86400000000) ELSE 0 END,
        CASE WHEN NEW.met_at IS NULL AND NEW.waived_until IS NOT NULL THEN ((NEW.waived_until + 3600000000) / 86400000000) ELSE 0 END,
        CASE WHEN NEW.met_at < NEW.late_after OR NEW.met_at < NEW.waived_until THEN 0 WHEN coalesce(NEW.met_at, NEW.closed_at) IS NOT NULL THEN (((coalesce(NEW.met_at, NEW.closed_at) + 3600000000) / 86400000000) + 3) / 7 ELSE 0 END, 1)
    ON CONFLICT (institution, kind, late_day, due_day, waived_day, week) DO UPDATE SET n = n + excluded.n;
END;
-- +goose StatementEnd

INSERT INTO obligation_tally (institution, kind, late_day, due_day, waived_day, week, n)
SELECT institution,
    CASE WHEN met_at < late_after THEN 'met' WHEN met_at < waived_until THEN 'waived' WHEN met_at IS NOT NULL THEN 'late' WHEN closed_at IS NOT NULL THEN 'closed' ELSE 'open' END,
    ((late_after + 3600000000) / 86400000000),
    CASE WHEN met_at IS NULL THEN ((due_at + 3600000000) / 86400000000) ELSE 0 END,
    CASE WHEN met_at IS NULL AND waived_until IS NOT NULL THEN ((waived_until + 3600000000) / 86400000000) ELSE 0 END,
    CASE WHEN met_at < late_after OR met_at < waived_until THEN 0 WHEN coalesce(met_at, closed_at) IS NOT NULL THEN (((coalesce(met_at, closed_at) + 3600000000) / 86400000000) + 3) / 7 ELSE 0 END, count(*)
FROM obligations GROUP BY 1, 2, 3, 4, 5, 6;

-- +goose StatementBegin
CREATE TRIGGER dataset_tally_insert AFTER INSERT ON datasets BEGIN
    INSERT INTO dataset_tally (institution, state, openness, public, regular, late_day, target_date, n)
    VALUES (NEW.institution,
        NEW.state,
        NEW.openness,
        (NEW.approved_revision > 0 AND NEW.state <> 'withdrawn'),
        (NEW.frequency <> ''),
        CASE WHEN NEW.late_after IS NULL THEN 0 ELSE ((NEW.late_after + 3600000000) / 86400000000) END,
        CASE WHEN NEW.target_date IS NULL OR NEW.state = 'withdrawn' OR (NEW.openness = 'open' AND NEW.approved_revision > 0) THEN '' ELSE NEW.target_date END, 1)
    ON CONFLICT (institution, state, openness, public, regular, late_day, target_date) DO UPDATE SET n = n + excluded.n;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER dataset_tally_delete AFTER DELETE ON datasets BEGIN
    INSERT INTO dataset_tally (institution, state, openness, public, regular, late_day, target_date, n)
    VALUES (OLD.institution,
        OLD.state,
        OLD.openness,
        (OLD.approved_revision > 0 AND OLD.state <> 'withdrawn'),
        (OLD.frequency <> ''),
        CASE WHEN OLD.late_after IS NULL THEN 0 ELSE ((OLD.late_after + 3600000000) / 86400000000) END,
        CASE WHEN OLD.target_date IS NULL OR OLD.state = 'withdrawn' OR (OLD.openness = 'open' AND OLD.approved_revision > 0) THEN '' ELSE OLD.target_date END, -1)
    ON CONFLICT (institution, state, openness, public, regular, late_day, target_date) DO UPDATE SET n = n + excluded.n;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER dataset_tally_update AFTER UPDATE OF institution, state, openness, approved_revision, frequency, late_after, target_date ON datasets BEGIN
    INSERT INTO dataset_tally (institution, state, openness, public, regular, late_day, target_date, n)
    VALUES (OLD.institution,
        OLD.state,
        OLD.openness,
        (OLD.approved_revision > 0 AND OLD.state <> 'withdrawn'),
        (OLD.frequency <> ''),
        CASE WHEN OLD.late_after IS NULL THEN 0 ELSE ((OLD.late_after + 3600000000) / 86400000000) END,
        CASE WHEN OLD.target_date IS NULL OR OLD.state = 'withdrawn' OR (OLD.openness = 'open' AND OLD.approved_revision > 0) THEN '' ELSE OLD.target_date END, -1)
    ON CONFLICT (institution, state, openness, public, regular, late_day, target_date) DO UPDATE SET n = n + excluded.n;
    INSERT INTO dataset_tally (institution, state, openness, public, regular, late_day, target_date, n)
    VALUES (NEW.institution,
        NEW.state,
        NEW.openness,
        (NEW.approved_revision > 0 AND NEW.state <> 'withdrawn'),
        (NEW.frequency <> ''),
        CASE WHEN NEW.late_after IS NULL THEN 0 ELSE ((NEW.late_after + 3600000000) / 86400000000) END,
        CASE WHEN NEW.target_date IS NULL OR NEW.state = 'withdrawn' OR (NEW.openness = 'open' AND NEW.approved_revision > 0) THEN '' ELSE NEW.target_date END, 1)
    ON CONFLICT (institution, state, openness, public, regular, late_day, target_date) DO UPDATE SET n = n + excluded.n;
END;
-- +goose StatementEnd

INSERT INTO dataset_tally (institution, state, openness, public, regular, late_day, target_date, n)
SELECT institution,
    state,
    openness,
    (approved_revision > 0 AND state <> 'withdrawn'),
    (frequency <> ''),
    CASE WHEN late_after IS NULL THEN 0 ELSE ((late_after + 3600000000) / 86400000000) END,
    CASE WHEN target_date IS NULL OR state = 'withdrawn' OR (openness = 'open' AND approved_revision > 0) THEN '' ELSE target_date END, count(*)
FROM datasets GROUP BY 1, 2, 3, 4, 5, 6, 7;

-- +goose StatementBegin
CREATE TRIGGER target_moves_record AFTER UPDATE OF target_date ON datasets
WHEN OLD.target_date <> '' AND OLD.submitted_at IS NOT NULL AND OLD.target_date <> coalesce(NEW.target_date, '') BEGIN
    INSERT INTO target_moves (dataset_id, institution, was, became, at)
    VALUES (NEW.id, NEW.institution, OLD.target_date, coalesce(NEW.target_date, ''), NEW.updated_at);
END;
-- +goose StatementEnd

-- Moves from before there was this table, as the audit trail tells them.
INSERT INTO target_moves (dataset_id, institution, was, became, at)
SELECT d.id, d.institution, json_extract(l.before, '$.target_date'), coalesce(json_extract(l.after, '$.target_date'), ''), l.at
FROM audit_lines l JOIN datasets d ON d.ref = l.ref
WHERE l.subject = 'dataset' AND l.before LIKE '%"target_date":"2%' AND json_extract(l.before, '$.target_date') <> ''
ORDER BY l.id;
