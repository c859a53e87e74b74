-- +goose Up
-- The hour until which the days of half months are bound into one pack.
INSERT INTO watch_state (name, value) VALUES ('bound', 0);
