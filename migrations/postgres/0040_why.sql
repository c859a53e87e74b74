-- +goose Up
-- What is known of why people are satisfied, by service and institution: computed at night.
CREATE TABLE why_findings (
    scope TEXT NOT NULL, -- service, institution
    slug  TEXT NOT NULL,
    at    TIMESTAMPTZ NOT NULL,
    body  JSONB NOT NULL,
    PRIMARY KEY (scope, slug)
);
