-- +goose Up
-- Life beside the revision, the day of opening as approved, and the step of the institution's head.
ALTER TABLE datasets ADD COLUMN life TEXT NOT NULL DEFAULT 'inventoried';
ALTER TABLE datasets ADD COLUMN first_committed TEXT;
ALTER TABLE datasets ADD COLUMN committed TEXT;
ALTER TABLE datasets ADD COLUMN first_step TEXT NOT NULL DEFAULT '';
ALTER TABLE datasets ADD COLUMN endorsed_by TEXT NOT NULL DEFAULT '';
ALTER TABLE datasets ADD COLUMN endorsed_at TIMESTAMPTZ;
ALTER TABLE publications ADD COLUMN life TEXT NOT NULL DEFAULT 'inventoried';
ALTER TABLE publications ADD COLUMN first_committed TEXT;
ALTER TABLE institutions ADD COLUMN first_approval BOOLEAN NOT NULL DEFAULT FALSE;

UPDATE publications SET life = CASE
    WHEN withdrawn_at IS NOT NULL THEN 'withdrawn'
    WHEN openness = 'open' THEN 'open'
    WHEN openness = 'openable' AND target_date IS NOT NULL THEN 'planned'
    ELSE 'inventoried' END;
UPDATE publications SET first_committed = target_date WHERE life = 'planned';
UPDATE datasets SET
    life = coalesce((SELECT p.life FROM publications p WHERE p.dataset_id = datasets.id), 'inventoried'),
    first_committed = (SELECT p.first_committed FROM publications p WHERE p.dataset_id = datasets.id),
    committed = (SELECT p.first_committed FROM publications p WHERE p.dataset_id = datasets.id);
UPDATE datasets SET life = 'withdrawn' WHERE state = 'withdrawn';
CREATE INDEX datasets_life ON datasets (life, updated_at, id);
CREATE INDEX changeset_rows_ref ON changeset_rows (ref) WHERE ref <> '';
CREATE INDEX datasets_planned ON datasets (committed) WHERE life = 'planned';
CREATE INDEX datasets_closed ON datasets (institution) WHERE openness IN ('restricted', 'closed') AND state <> 'withdrawn';
CREATE INDEX publications_life ON publications (life);

-- Every day of opening that was approved: what slippage is counted from.
CREATE TABLE commitments (
    dataset_id TEXT NOT NULL REFERENCES datasets (id),
    revision   BIGINT NOT NULL,
    day        TEXT,
    at         TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (dataset_id, revision)
);
INSERT INTO commitments (dataset_id, revision, day, at)
SELECT dataset_id, revision, first_committed, modified FROM publications WHERE first_committed IS NOT NULL;

-- What was written at each step, for ever. Content is null where a step did not change it.
CREATE TABLE revisions (
    dataset_id TEXT NOT NULL REFERENCES datasets (id),
    revision   BIGINT NOT NULL,
    state      TEXT NOT NULL,
    act        TEXT NOT NULL,
    hash       TEXT NOT NULL,
    content    JSONB,
    actor      TEXT NOT NULL,
    role       TEXT NOT NULL,
    reason     TEXT NOT NULL,
    at         TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (dataset_id, revision)
);
-- What is public and what is worked on are the first steps kept of what was there before.
INSERT INTO revisions (dataset_id, revision, state, act, hash, content, actor, role, reason, at)
SELECT p.dataset_id, p.revision, 'approved', 'dataset.approve', p.hash, jsonb_build_object(
        'Title', p.title,
        'Description', p.description,
        'Keywords', p.keywords,
        'Theme', p.theme,
        'Frequency', p.frequency,
        'Licence', p.licence,
        'Openness', p.openness,
        'LegalGround', p.legal_ground,
        'PersonalData', p.personal_data,
        'PersonalUnknown', p.personal_unknown,
        'Anonymisation', p.anonymisation,
        'TargetDate', coalesce(p.target_date, ''),
        'TemporalStart', coalesce(p.temporal_start, ''),
        'TemporalEnd', coalesce(p.temporal_end, ''),
        'Spatial', p.spatial,
        'ContactName', p.contact_name,
        'ContactEmail', p.contact_email,
        'Producer', p.producer,
        'DataModified', coalesce(p.data_modified, ''),
        'Distributions', p.distributions,
        'Extra', p.extra),
    coalesce((SELECT d.reviewed_by FROM datasets d WHERE d.id = p.dataset_id AND d.revision = p.revision), ''), '', '', p.modified
FROM publications p WHERE p.revision > 0;
INSERT INTO revisions (dataset_id, revision, state, act, hash, content, actor, role, reason, at)
SELECT d.id, d.revision, d.state, 'dataset.edit', '', jsonb_build_object(
        'Title', d.title,
        'Description', d.description,
        'Keywords', d.keywords,
        'Theme', d.theme,
        'Frequency', d.frequency,
        'Licence', d.licence,
        'Openness', d.openness,
        'LegalGround', d.legal_ground,
        'PersonalData', d.personal_data,
        'PersonalUnknown', d.personal_unknown,
        'Anonymisation', d.anonymisation,
        'TargetDate', coalesce(d.target_date, ''),
        'TemporalStart', coalesce(d.temporal_start, ''),
        'TemporalEnd', coalesce(d.temporal_end, ''),
        'Spatial', d.spatial,
        'ContactName', d.contact_name,
        'ContactEmail', d.contact_email,
        'Producer', d.producer,
        'DataModified', coalesce(d.data_modified, ''),
        'Distributions', d.distributions,
        'Extra', d.extra), '', '', d.reason, d.updated_at
FROM datasets d WHERE NOT EXISTS (SELECT 1 FROM revisions r WHERE r.dataset_id = d.id AND r.revision = d.revision);

-- What a reviewer says about single fields, and what the officer answers.
CREATE TABLE review_comments (
    id          TEXT NOT NULL PRIMARY KEY,
    dataset_id  TEXT NOT NULL REFERENCES datasets (id),
    revision    BIGINT NOT NULL,
    field       TEXT NOT NULL,
    text        TEXT NOT NULL,
    account     TEXT NOT NULL,
    role        TEXT NOT NULL,
    at          TIMESTAMPTZ NOT NULL,
    answer      TEXT NOT NULL,
    done        BOOLEAN NOT NULL,
    answered_by TEXT NOT NULL,
    answered_at TIMESTAMPTZ
);
CREATE INDEX review_comments_dataset ON review_comments (dataset_id, revision);

-- Legal grounds for not opening.
CREATE TABLE grounds (
    code      TEXT NOT NULL PRIMARY KEY,
    position  BIGINT NOT NULL,
    name      JSONB NOT NULL,
    basis     TEXT NOT NULL,
    certainty TEXT NOT NULL
);
