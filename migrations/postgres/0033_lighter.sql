-- +goose Up
-- Every look changes the row of its check. Room left on each page lets the new version lie beside the old one, so that
-- no index has to be written for it.
ALTER TABLE check_current SET (fillfactor = 50);

-- The hour until which the days of half months are bound into one pack.
INSERT INTO watch_state (name, value) VALUES ('bound', 0);
-- The hour until which months were written anew, without the room that their hours and days left.
INSERT INTO watch_state (name, value) VALUES ('tidied', 0);
