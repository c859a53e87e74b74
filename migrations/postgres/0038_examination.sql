-- +goose Up
-- What is known of the looks at the pages of each service.
CREATE TABLE examinations (
    service  TEXT NOT NULL PRIMARY KEY,
    began_at TIMESTAMPTZ,
    ended_at TIMESTAMPTZ,
    good_at  TIMESTAMPTZ,
    tries    BIGINT NOT NULL,
    requests BIGINT NOT NULL,
    bytes    BIGINT NOT NULL,
    why      TEXT NOT NULL
);
