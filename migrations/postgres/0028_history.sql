-- +goose Up
-- A reading says from where it was taken; 0 is this installation.
ALTER TABLE readings ADD COLUMN vantage SMALLINT NOT NULL DEFAULT 0;
ALTER TABLE readings ALTER COLUMN vantage DROP DEFAULT;
ALTER TABLE readings DROP CONSTRAINT readings_pkey;
ALTER TABLE readings ADD PRIMARY KEY (check_id, vantage, at);
