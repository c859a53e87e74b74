-- +goose Up
-- Figures of the desk, kept in the transaction of each change by triggers: whoever writes a dataset or an obligation
-- keeps them true. They hold days, not states, so that a promise becomes late without anything being written.
-- Changes are appended and folded later: nobody waits for another's row, and a reader adds them up.
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
    n           BIGINT NOT NULL
);
CREATE INDEX obligation_tally_late ON obligation_tally (late_day);

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
    n           BIGINT NOT NULL
);

-- A committed opening date that was moved after it had been handed in.
CREATE TABLE target_moves (
    id          BIGSERIAL PRIMARY KEY,
    dataset_id  TEXT NOT NULL REFERENCES datasets (id),
    institution TEXT NOT NULL,
    was         TEXT NOT NULL,
    became      TEXT NOT NULL,
    at          TIMESTAMPTZ NOT NULL
);
CREATE INDEX target_moves_dataset ON target_moves (dataset_id, id);
CREATE INDEX target_moves_institution ON target_moves (institution, at);

-- What was stated about a quarter of an institution; a row is never changed, another revision says what is otherwise.
CREATE TABLE statements (
    institution TEXT NOT NULL REFERENCES institutions (slug),
    quarter     TEXT NOT NULL,
    revision    INTEGER NOT NULL,
    issued_at   TIMESTAMPTZ NOT NULL,
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

CREATE FUNCTION tunis_day(at TIMESTAMPTZ) RETURNS INTEGER LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS 'SELECT floor((extract(epoch FROM at) + 3600) / 86400)::integer';

-- +goose StatementBegin
CREATE FUNCTION obligation_tally_keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO obligation_tally (institution, kind, late_day, due_day, waived_day, week, n)
        SELECT institution,
        CASE WHEN met_at < late_after THEN 'met' WHEN met_at < waived_until THEN 'waived' WHEN met_at IS NOT NULL THEN 'late' WHEN closed_at IS NOT NULL THEN 'closed' ELSE 'open' END,
        tunis_day(late_after),
        CASE WHEN met_at IS NULL THEN tunis_day(due_at) ELSE 0 END,
        CASE WHEN met_at IS NULL AND waived_until IS NOT NULL THEN tunis_day(waived_until) ELSE 0 END,
        CASE WHEN met_at < late_after OR met_at < waived_until THEN 0 WHEN coalesce(met_at, closed_at) IS NOT NULL THEN (tunis_day(coalesce(met_at, closed_at)) + 3) / 7 ELSE 0 END, count(*)
        FROM is_now GROUP BY 1, 2, 3, 4, 5, 6;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO obligation_tally (institution, kind, late_day, due_day, waived_day, week, n)
        SELECT institution,
        CASE WHEN met_at < late_after THEN 'met' WHEN met_at < waived_until THEN 'waived' WHEN met_at IS NOT NULL THEN 'late' WHEN closed_at IS NOT NULL THEN 'closed' ELSE 'open' END,
        tunis_day(late_after),
        CASE WHEN met_at IS NULL THEN tunis_day(due_at) ELSE 0 END,
        CASE WHEN met_at IS NULL AND waived_until IS NOT NULL THEN tunis_day(waived_until) ELSE 0 END,
        CASE WHEN met_at < late_after OR met_at < waived_until THEN 0 WHEN coalesce(met_at, closed_at) IS NOT NULL THEN (tunis_day(coalesce(met_at, closed_at)) + 3) / 7 ELSE 0 END, -count(*)
        FROM was_before GROUP BY 1, 2, 3, 4, 5, 6;
    ELSE
        INSERT INTO obligation_tally (institution, kind, late_day, due_day, waived_day, week, n)
        SELECT institution,
        CASE WHEN met_at < late_after THEN 'met' WHEN met_at < waived_until THEN 'waived' WHEN met_at IS NOT NULL THEN 'late' WHEN closed_at IS NOT NULL THEN 'closed' ELSE 'open' END,
        tunis_day(late_after),
        CASE WHEN met_at IS NULL THEN tunis_day(due_at) ELSE 0 END,
        CASE WHEN met_at IS NULL AND waived_until IS NOT NULL THEN tunis_day(waived_until) ELSE 0 END,
        CASE WHEN met_at < late_after OR met_at < waived_until THEN 0 WHEN coalesce(met_at, closed_at) IS NOT NULL THEN (tunis_day(coalesce(met_at, closed_at)) + 3) / 7 ELSE 0 END, sum(step)
        FROM (SELECT *, 1 AS step FROM is_now UNION ALL SELECT *, -1 FROM was_before) x GROUP BY 1, 2, 3, 4, 5, 6 HAVING sum(step) <> 0;
    END IF;
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER obligation_tally_insert AFTER INSERT ON obligations REFERENCING NEW TABLE AS is_now FOR EACH STATEMENT EXECUTE FUNCTION obligation_tally_keep();
CREATE TRIGGER obligation_tally_delete AFTER DELETE ON obligations REFERENCING OLD TABLE AS was_before FOR EACH STATEMENT EXECUTE FUNCTION obligation_tally_keep();
CREATE TRIGGER obligation_tally_update AFTER UPDATE ON obligations REFERENCING NEW TABLE AS is_now OLD TABLE AS was_before FOR EACH STATEMENT EXECUTE FUNCTION obligation_tally_keep();

INSERT INTO obligation_tally (institution, kind, late_day, due_day, waived_day, week, n)
SELECT institution,
    CASE WHEN met_at < late_after THEN 'met' WHEN met_at < waived_until THEN 'waived' WHEN met_at IS NOT NULL THEN 'late' WHEN closed_at IS NOT NULL THEN 'closed' ELSE 'open' END,
    tunis_day(late_after),
    CASE WHEN met_at IS NULL THEN tunis_day(due_at) ELSE 0 END,
    CASE WHEN met_at IS NULL AND waived_until IS NOT NULL THEN tunis_day(waived_until) ELSE 0 END,
    CASE WHEN met_at < late_after OR met_at < waived_until THEN 0 WHEN coalesce(met_at, closed_at) IS NOT NULL THEN (tunis_day(coalesce(met_at, closed_at)) + 3) / 7 ELSE 0 END, count(*)
FROM obligations GROUP BY 1, 2, 3, 4, 5, 6;

-- +goose StatementBegin
CREATE FUNCTION dataset_tally_keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO dataset_tally (institution, state, openness, public, regular, late_day, target_date, n)
        SELECT institution,
        state,
        openness,
        CASE WHEN approved_revision > 0 AND state <> 'withdrawn' THEN 1 ELSE 0 END,
        CASE WHEN frequency <> '' THEN 1 ELSE 0 END,
        CASE WHEN late_after IS NULL THEN 0 ELSE tunis_day(late_after) END,
        CASE WHEN target_date IS NULL OR state = 'withdrawn' OR (openness = 'open' AND approved_revision > 0) THEN '' ELSE target_date END, count(*)
        FROM is_now GROUP BY 1, 2, 3, 4, 5, 6, 7;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO dataset_tally (institution, state, openness, public, regular, late_day, target_date, n)
        SELECT institution,
        state,
        openness,
        CASE WHEN approved_revision > 0 AND state <> 'withdrawn' THEN 1 ELSE 0 END,
        CASE WHEN frequency <> '' THEN 1 ELSE 0 END,
        CASE WHEN late_after IS NULL THEN 0 ELSE tunis_day(late_after) END,
        CASE WHEN target_date IS NULL OR state = 'withdrawn' OR (openness = 'open' AND approved_revision > 0) THEN '' ELSE target_date END, -count(*)
        FROM was_before GROUP BY 1, 2, 3, 4, 5, 6, 7;
    ELSE
        INSERT INTO dataset_tally (institution, state, openness, public, regular, late_day, target_date, n)
        SELECT institution,
        state,
        openness,
        CASE WHEN approved_revision > 0 AND state <> 'withdrawn' THEN 1 ELSE 0 END,
        CASE WHEN frequency <> '' THEN 1 ELSE 0 END,
        CASE WHEN late_after IS NULL THEN 0 ELSE tunis_day(late_after) END,
        CASE WHEN target_date IS NULL OR state = 'withdrawn' OR (openness = 'open' AND approved_revision > 0) THEN '' ELSE target_date END, sum(step)
        FROM (SELECT *, 1 AS step FROM is_now UNION ALL SELECT *, -1 FROM was_before) x GROUP BY 1, 2, 3, 4, 5, 6, 7 HAVING sum(step) <> 0;
    END IF;
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER dataset_tally_insert AFTER INSERT ON datasets REFERENCING NEW TABLE AS is_now FOR EACH STATEMENT EXECUTE FUNCTION dataset_tally_keep();
CREATE TRIGGER dataset_tally_delete AFTER DELETE ON datasets REFERENCING OLD TABLE AS was_before FOR EACH STATEMENT EXECUTE FUNCTION dataset_tally_keep();
CREATE TRIGGER dataset_tally_update AFTER UPDATE ON datasets REFERENCING NEW TABLE AS is_now OLD TABLE AS was_before FOR EACH STATEMENT EXECUTE FUNCTION dataset_tally_keep();

INSERT INTO dataset_tally (institution, state, openness, public, regular, late_day, target_date, n)
SELECT institution,
    state,
    openness,
    CASE WHEN approved_revision > 0 AND state <> 'withdrawn' THEN 1 ELSE 0 END,
    CASE WHEN frequency <> '' THEN 1 ELSE 0 END,
    CASE WHEN late_after IS NULL THEN 0 ELSE tunis_day(late_after) END,
    CASE WHEN target_date IS NULL OR state = 'withdrawn' OR (openness = 'open' AND approved_revision > 0) THEN '' ELSE target_date END, count(*)
FROM datasets GROUP BY 1, 2, 3, 4, 5, 6, 7;

-- +goose StatementBegin
CREATE FUNCTION target_moves_record() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO target_moves (dataset_id, institution, was, became, at)
    VALUES (NEW.id, NEW.institution, OLD.target_date, coalesce(NEW.target_date, ''), NEW.updated_at);
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER target_moves_record AFTER UPDATE ON datasets FOR EACH ROW
WHEN (OLD.target_date <> '' AND OLD.submitted_at IS NOT NULL AND OLD.target_date <> coalesce(NEW.target_date, ''))
EXECUTE FUNCTION target_moves_record();

-- Moves from before there was this table, as the audit trail tells them.
INSERT INTO target_moves (dataset_id, institution, was, became, at)
SELECT d.id, d.institution, l.before::jsonb ->> 'target_date', coalesce(l.after::jsonb ->> 'target_date', ''), l.at
FROM audit_lines l JOIN datasets d ON d.ref = l.ref
WHERE l.subject = 'dataset' AND l.before::text LIKE '%"target_date"%' AND l.before::jsonb ->> 'target_date' <> ''
ORDER BY l.id;
