-- +goose Up
-- Which views changed since somebody last asked: a batch then costs what it holds, and not what there is.
ALTER TABLE vantage_current ADD COLUMN version BIGINT NOT NULL DEFAULT 0; -- of 'elsewhere' in watch_state
CREATE INDEX vantage_current_version ON vantage_current (version);
