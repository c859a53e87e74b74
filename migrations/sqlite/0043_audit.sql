-- +goose Up
-- The trail becomes a chain: each line carries the hash of the one before (docs/audit.md). What may have to be erased one day enters the
-- hash as a salted commitment only. Lines are written without a place and get it right after their transaction; so do the lines that the
-- version before writes, and all there were.
ALTER TABLE audit_lines ADD COLUMN form INTEGER NOT NULL DEFAULT 0;
ALTER TABLE audit_lines ADD COLUMN who_salt BLOB;
ALTER TABLE audit_lines ADD COLUMN who_mark BLOB;
ALTER TABLE audit_lines ADD COLUMN told_salt BLOB;
ALTER TABLE audit_lines ADD COLUMN told_mark BLOB;
ALTER TABLE audit_lines ADD COLUMN position INTEGER;
ALTER TABLE audit_lines ADD COLUMN adopted BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE audit_lines ADD COLUMN prev BLOB;
ALTER TABLE audit_lines ADD COLUMN hash BLOB;
CREATE UNIQUE INDEX audit_lines_position ON audit_lines (position);
CREATE INDEX audit_lines_unsealed ON audit_lines (id) WHERE position IS NULL;
CREATE INDEX audit_lines_actor ON audit_lines (actor, id);

-- Where the chain ends, and after which line it begins since old lines left for an archive.
CREATE TABLE audit_head (
    id            INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    position      INTEGER NOT NULL,
    hash          BLOB NOT NULL,
    base_position INTEGER NOT NULL,
    base_hash     BLOB NOT NULL
);
INSERT INTO audit_head (id, position, hash, base_position, base_hash) VALUES (1, 0, zeroblob(32), 0, zeroblob(32));

-- What is told of as a number an hour, such as sign-ins that failed.
CREATE TABLE audit_counts (
    hour TIMESTAMP NOT NULL,
    act  TEXT NOT NULL,
    n    INTEGER NOT NULL,
    PRIMARY KEY (hour, act)
);

-- By which a start notices that a setting is another one than at the last: never the value.
CREATE TABLE audit_settings (
    key  TEXT NOT NULL PRIMARY KEY,
    salt BLOB NOT NULL,
    mark BLOB NOT NULL
);

-- Nobody changes or removes a line by mistake, and no program of ours can. Whoever owns the database can drop these triggers: then the
-- chain and what is kept of it outside tell.
-- +goose StatementBegin
CREATE TRIGGER audit_lines_delete BEFORE DELETE ON audit_lines
WHEN OLD.position IS NULL OR OLD.position > (SELECT base_position FROM audit_head)
BEGIN
    SELECT RAISE(ABORT, 'audit_lines only grows: a line may not be deleted');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_lines_change BEFORE UPDATE ON audit_lines
WHEN NEW.id IS NOT OLD.id OR NEW.at IS NOT OLD.at OR NEW.role IS NOT OLD.role OR NEW.act IS NOT OLD.act OR NEW.subject IS NOT OLD.subject OR NEW.ref IS NOT OLD.ref OR NEW.institution IS NOT OLD.institution
BEGIN
    SELECT RAISE(ABORT, 'audit_lines only grows: a line may not be changed');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_lines_seal BEFORE UPDATE ON audit_lines
WHEN OLD.position IS NULL AND (NEW.actor IS NOT OLD.actor OR NEW.reason IS NOT OLD.reason OR NEW.before IS NOT OLD.before OR NEW.after IS NOT OLD.after
    OR OLD.form <> 0 AND (NEW.form IS NOT OLD.form OR NEW.adopted IS NOT OLD.adopted OR NEW.who_salt IS NOT OLD.who_salt OR NEW.who_mark IS NOT OLD.who_mark OR NEW.told_salt IS NOT OLD.told_salt OR NEW.told_mark IS NOT OLD.told_mark))
BEGIN
    SELECT RAISE(ABORT, 'audit_lines only grows: a line may only be sealed');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_lines_erase BEFORE UPDATE ON audit_lines
WHEN OLD.position IS NOT NULL AND (NEW.position IS NOT OLD.position OR NEW.form IS NOT OLD.form OR NEW.adopted IS NOT OLD.adopted OR NEW.prev IS NOT OLD.prev OR NEW.hash IS NOT OLD.hash OR NEW.who_mark IS NOT OLD.who_mark OR NEW.told_mark IS NOT OLD.told_mark
    OR (NEW.actor IS NOT OLD.actor OR NEW.who_salt IS NOT OLD.who_salt) AND NOT (NEW.actor = '' AND NEW.who_salt IS NULL)
    OR (NEW.reason IS NOT OLD.reason OR NEW.before IS NOT OLD.before OR NEW.after IS NOT OLD.after OR NEW.told_salt IS NOT OLD.told_salt)
    AND NOT (NEW.reason = '' AND NEW.before = 'null' AND NEW.after = 'null' AND NEW.told_salt IS NULL))
BEGIN
    SELECT RAISE(ABORT, 'audit_lines only grows: of a line only words may be erased');
END;
-- +goose StatementEnd
