-- +goose Up
-- Nobody has to be told: one process serves from a SQLite file.
SELECT 1;
