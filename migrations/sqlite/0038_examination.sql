-- +goose Up
-- What is known of the looks at the pages of each service.
CREATE TABLE examinations (
    service  TEXT NOT NULL PRIMARY KEY,
    began_at TIMESTAMP,
    ended_at TIMESTAMP,
    good_at  TIMESTAMP,
    tries    INTEGER NOT NULL,
    requests INTEGER NOT NULL,
    bytes    INTEGER NOT NULL,
    why      TEXT NOT NULL
) WITHOUT ROWID;
