-- +goose Up
-- PostgreSQL leaves room beside each state here; SQLite writes it in place and needs none.
SELECT 1;
