-- +goose Up
-- Signs of personal data in the files, counted and never kept, and what officers declared about them.
ALTER TABLE datasets ADD COLUMN file_signs TEXT NOT NULL DEFAULT '[]';
ALTER TABLE datasets ADD COLUMN declarations TEXT NOT NULL DEFAULT '[]';
-- How many signs wait for an answer; -1: nobody has looked since this column was added.
ALTER TABLE datasets ADD COLUMN signs_waiting INTEGER NOT NULL DEFAULT -1;
CREATE INDEX datasets_signs ON datasets (institution, signs_waiting) WHERE signs_waiting <> 0;
