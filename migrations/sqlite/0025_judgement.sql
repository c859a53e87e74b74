-- +goose Up
-- What judging needs: damping of incidents, and figures that say how sure they are.
ALTER TABLE check_current ADD COLUMN successes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE check_current ADD COLUMN flaws INTEGER NOT NULL DEFAULT 0;
ALTER TABLE check_current ADD COLUMN recent INTEGER NOT NULL DEFAULT 0;
ALTER TABLE check_current ADD COLUMN flapping BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE check_current ADD COLUMN good_since TIMESTAMP;

ALTER TABLE check_hours ADD COLUMN asked INTEGER NOT NULL DEFAULT 0;
ALTER TABLE check_hours ADD COLUMN answered INTEGER NOT NULL DEFAULT 0;
ALTER TABLE check_hours ADD COLUMN planned_us INTEGER NOT NULL DEFAULT 0;
ALTER TABLE check_hours ADD COLUMN may_down_us INTEGER NOT NULL DEFAULT 0;
ALTER TABLE check_hours ADD COLUMN may_up_us INTEGER NOT NULL DEFAULT 0;
ALTER TABLE check_hours ADD COLUMN delayed INTEGER NOT NULL DEFAULT 0;
-- What was summed up before did not tell re-checks apart: they count as asked for.
UPDATE check_hours SET asked = readings, answered = good;

ALTER TABLE check_days ADD COLUMN asked INTEGER NOT NULL DEFAULT 0;
ALTER TABLE check_days ADD COLUMN answered INTEGER NOT NULL DEFAULT 0;
ALTER TABLE check_days ADD COLUMN planned_us INTEGER NOT NULL DEFAULT 0;
ALTER TABLE check_days ADD COLUMN may_down_us INTEGER NOT NULL DEFAULT 0;
ALTER TABLE check_days ADD COLUMN may_up_us INTEGER NOT NULL DEFAULT 0;
ALTER TABLE check_days ADD COLUMN delayed INTEGER NOT NULL DEFAULT 0;
UPDATE check_days SET asked = readings, answered = good;

-- Why looks that were due did not happen: one row a stretch. check_id 0 is every check.
CREATE TABLE watch_gaps (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    check_id   INTEGER NOT NULL,
    cause      TEXT NOT NULL,
    started_at TIMESTAMP NOT NULL,
    ended_at   TIMESTAMP NOT NULL,
    missed     INTEGER NOT NULL
);
CREATE UNIQUE INDEX watch_gaps_key ON watch_gaps (check_id, cause, started_at);
CREATE INDEX watch_gaps_ended ON watch_gaps (ended_at);
