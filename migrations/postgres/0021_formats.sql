-- +goose Up
-- What is known of each public file besides what was approved: checksum, size, since when. Raised with `modified`.
ALTER TABLE publications ADD COLUMN files JSONB;
-- Where the rest of the world has a governorate.
ALTER TABLE governorates ADD COLUMN uri TEXT NOT NULL DEFAULT '';
