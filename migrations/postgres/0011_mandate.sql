-- +goose Up
-- Who answers for open data in each institution; rows are closed, never overwritten.
CREATE TABLE designations (
    id          TEXT NOT NULL PRIMARY KEY,
    institution TEXT NOT NULL REFERENCES institutions (slug),
    account     TEXT NOT NULL,
    deputy      TEXT NOT NULL,
    function    TEXT NOT NULL,
    mailbox     TEXT NOT NULL,
    act_ref     TEXT NOT NULL,
    act_day     TEXT,
    starts_on   TEXT,
    ends_on     TEXT,
    away_from   TEXT,
    away_until  TEXT,
    state       TEXT NOT NULL,
    from_at     TIMESTAMPTZ,
    until_at    TIMESTAMPTZ,
    reason      TEXT NOT NULL,
    proposed_by TEXT NOT NULL,
    proposed_at TIMESTAMPTZ NOT NULL,
    decided_by  TEXT NOT NULL,
    decided_at  TIMESTAMPTZ,
    request_key TEXT NOT NULL
);
CREATE INDEX designations_institution ON designations (institution, proposed_at);
CREATE INDEX designations_account ON designations (account, state);
-- One proposal at a time waits for its answer.
CREATE UNIQUE INDEX designations_open ON designations (institution) WHERE state = 'proposed';
CREATE UNIQUE INDEX designations_request ON designations (request_key) WHERE request_key <> '';

-- Numbers of the rules: how long a term is, how early its end is announced.
CREATE TABLE mandate_terms (
    code      TEXT NOT NULL PRIMARY KEY,
    value     TEXT NOT NULL,
    article   TEXT NOT NULL,
    certainty TEXT NOT NULL,
    source    TEXT NOT NULL
);

-- One row a term of a member of the committee.
CREATE TABLE committee_members (
    id           TEXT NOT NULL PRIMARY KEY,
    name         TEXT NOT NULL,
    quality      TEXT NOT NULL,
    organisation TEXT NOT NULL,
    act_ref      TEXT NOT NULL,
    act_day      TEXT,
    starts_on    TEXT,
    ends_on      TEXT,
    left_on      TEXT,
    left_reason  TEXT NOT NULL,
    renews       TEXT NOT NULL,
    created_at   TIMESTAMPTZ NOT NULL,
    request_key  TEXT NOT NULL
);
CREATE UNIQUE INDEX committee_members_renews ON committee_members (renews) WHERE renews <> '';
CREATE UNIQUE INDEX committee_members_request ON committee_members (request_key) WHERE request_key <> '';

CREATE TABLE committee_advice (
    id          TEXT NOT NULL PRIMARY KEY,
    number      TEXT NOT NULL,
    day         TEXT,
    subject     JSONB NOT NULL,
    text        JSONB NOT NULL,
    addressee   TEXT NOT NULL,
    target      TEXT NOT NULL,
    state       TEXT NOT NULL,
    verdict     TEXT NOT NULL,
    answer      JSONB NOT NULL,
    answered_on TEXT,
    recorded_by TEXT NOT NULL,
    created_at  TIMESTAMPTZ NOT NULL,
    updated_at  TIMESTAMPTZ NOT NULL,
    request_key TEXT NOT NULL
);
CREATE UNIQUE INDEX committee_advice_number ON committee_advice (number) WHERE number <> '';
CREATE UNIQUE INDEX committee_advice_request ON committee_advice (request_key) WHERE request_key <> '';

-- Versions of the common naming rules; the highest of a code is the one in force.
CREATE TABLE naming_rules (
    code       TEXT NOT NULL,
    version    INTEGER NOT NULL,
    position   INTEGER NOT NULL,
    scope      TEXT NOT NULL,
    test       TEXT NOT NULL,
    params     TEXT NOT NULL,
    name       JSONB NOT NULL,
    text       JSONB NOT NULL,
    active     BOOLEAN NOT NULL,
    adopted_on TEXT,
    advice     TEXT NOT NULL,
    certainty  TEXT NOT NULL,
    source     TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (code, version)
);

-- A reason to leave a finding as it is, for as long as the text stays the same.
CREATE TABLE naming_exceptions (
    dataset_id TEXT NOT NULL,
    rule       TEXT NOT NULL,
    field      TEXT NOT NULL,
    text_hash  TEXT NOT NULL,
    text       TEXT NOT NULL,
    reason     TEXT NOT NULL,
    made_by    TEXT NOT NULL,
    made_at    TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (dataset_id, rule, field, text_hash)
);

CREATE TABLE nomenclatures (
    code       TEXT NOT NULL,
    version    TEXT NOT NULL,
    position   INTEGER NOT NULL,
    name       JSONB NOT NULL,
    note       JSONB NOT NULL,
    keeper     TEXT NOT NULL,
    url        TEXT NOT NULL,
    holds      TEXT NOT NULL,
    entries    JSONB NOT NULL,
    adopted_on TEXT,
    advice     TEXT NOT NULL,
    certainty  TEXT NOT NULL,
    source     TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (code, version)
);
