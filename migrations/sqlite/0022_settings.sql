-- +goose Up
-- What a check or a service needs beyond the columns: a part for each kind of check, one for each agreement.
ALTER TABLE checks ADD COLUMN settings TEXT NOT NULL DEFAULT '{}';
ALTER TABLE services ADD COLUMN settings TEXT NOT NULL DEFAULT '{}';
