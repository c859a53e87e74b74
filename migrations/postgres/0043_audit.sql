-- +goose Up
-- The trail becomes a chain: each line carries the hash of the one before (docs/audit.md). What may have to be erased one day enters the
-- hash as a salted commitment only. Lines are written without a place and get it right after their transaction; so do the lines that the
-- version before writes, and all there were.
ALTER TABLE audit_lines
    ADD COLUMN form      SMALLINT NOT NULL DEFAULT 0,
    ADD COLUMN who_salt  BYTEA,
    ADD COLUMN who_mark  BYTEA,
    ADD COLUMN told_salt BYTEA,
    ADD COLUMN told_mark BYTEA,
    ADD COLUMN position  BIGINT,
    ADD COLUMN adopted   BOOLEAN NOT NULL DEFAULT FALSE,
    ADD COLUMN prev      BYTEA,
    ADD COLUMN hash      BYTEA;
CREATE UNIQUE INDEX audit_lines_position ON audit_lines (position);
CREATE INDEX audit_lines_unsealed ON audit_lines (id) WHERE position IS NULL;
CREATE INDEX audit_lines_actor ON audit_lines (actor, id);

-- Where the chain ends, and after which line it begins since old lines left for an archive.
CREATE TABLE audit_head (
    id            SMALLINT NOT NULL PRIMARY KEY CHECK (id = 1),
    position      BIGINT NOT NULL,
    hash          BYTEA NOT NULL,
    base_position BIGINT NOT NULL,
    base_hash     BYTEA NOT NULL
);
INSERT INTO audit_head (id, position, hash, base_position, base_hash)
VALUES (1, 0, decode(repeat('00', 32), 'hex'), 0, decode(repeat('00', 32), 'hex'));

-- What is told of as a number an hour, such as sign-ins that failed.
CREATE TABLE audit_counts (
    hour TIMESTAMPTZ NOT NULL,
    act  TEXT NOT NULL,
    n    BIGINT NOT NULL,
    PRIMARY KEY (hour, act)
);

-- By which a start notices that a setting is another one than at the last: never the value.
CREATE TABLE audit_settings (
    key  TEXT NOT NULL PRIMARY KEY,
    salt BYTEA NOT NULL,
    mark BYTEA NOT NULL
);

-- Nobody changes or removes a line by mistake, and no program of ours can. Whoever owns the database can drop these triggers: then the
-- chain and what is kept of it outside tell.
-- +goose StatementBegin
CREATE FUNCTION audit_lines_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        RAISE EXCEPTION 'audit_lines only grows: it may not be emptied';
    END IF;
    IF TG_OP = 'DELETE' THEN
        IF OLD.position IS NULL OR OLD.position > (SELECT base_position FROM audit_head) THEN
            RAISE EXCEPTION 'audit_lines only grows: line % may not be deleted', OLD.id;
        END IF;
        RETURN OLD;
    END IF;
    IF (NEW.id, NEW.at, NEW.role, NEW.act, NEW.subject, NEW.ref, NEW.institution)
        IS DISTINCT FROM (OLD.id, OLD.at, OLD.role, OLD.act, OLD.subject, OLD.ref, OLD.institution) THEN
        RAISE EXCEPTION 'audit_lines only grows: line % may not be changed', OLD.id;
    END IF;
    IF OLD.position IS NULL THEN
        IF (NEW.actor, NEW.reason, NEW.before, NEW.after) IS DISTINCT FROM (OLD.actor, OLD.reason, OLD.before, OLD.after)
            OR OLD.form <> 0 AND (NEW.form, NEW.adopted, NEW.who_salt, NEW.who_mark, NEW.told_salt, NEW.told_mark)
            IS DISTINCT FROM (OLD.form, OLD.adopted, OLD.who_salt, OLD.who_mark, OLD.told_salt, OLD.told_mark) THEN
            RAISE EXCEPTION 'audit_lines only grows: line % may only be sealed', OLD.id;
        END IF;
    ELSIF (NEW.position, NEW.form, NEW.adopted, NEW.prev, NEW.hash, NEW.who_mark, NEW.told_mark)
        IS DISTINCT FROM (OLD.position, OLD.form, OLD.adopted, OLD.prev, OLD.hash, OLD.who_mark, OLD.told_mark)
        OR (NEW.actor, NEW.who_salt) IS DISTINCT FROM (OLD.actor, OLD.who_salt) AND NOT (NEW.actor = '' AND NEW.who_salt IS NULL)
        OR (NEW.reason, NEW.before, NEW.after, NEW.told_salt) IS DISTINCT FROM (OLD.reason, OLD.before, OLD.after, OLD.told_salt)
        AND NOT (NEW.reason = '' AND NEW.before = 'null' AND NEW.after = 'null' AND NEW.told_salt IS NULL) THEN
        RAISE EXCEPTION 'audit_lines only grows: of line % only words may be erased', OLD.id;
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER audit_lines_guard BEFORE UPDATE OR DELETE ON audit_lines FOR EACH ROW EXECUTE FUNCTION audit_lines_guard();
CREATE TRIGGER audit_lines_whole BEFORE TRUNCATE ON audit_lines FOR EACH STATEMENT EXECUTE FUNCTION audit_lines_guard();
