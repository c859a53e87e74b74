-- +goose Up
-- Processes that serve from this database are told what others changed, so that
-- what they remember of it is looked up again at once. Only of what seldom
-- changes: a server tells one transaction after the other.
-- +goose StatementBegin
CREATE FUNCTION jard_news() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('jard_news', TG_ARGV[0]);
    RETURN NULL;
END
$$;
-- +goose StatementEnd

CREATE TRIGGER news AFTER INSERT OR UPDATE ON register_versions
    FOR EACH STATEMENT EXECUTE FUNCTION jard_news('register');
CREATE TRIGGER news AFTER UPDATE ON watch_state
    FOR EACH ROW WHEN (NEW.name = 'version') EXECUTE FUNCTION jard_news('services');
CREATE TRIGGER news AFTER INSERT OR UPDATE OR DELETE ON maintenance
    FOR EACH STATEMENT EXECUTE FUNCTION jard_news('services');
CREATE TRIGGER news AFTER INSERT OR UPDATE OR DELETE ON askings
    FOR EACH STATEMENT EXECUTE FUNCTION jard_news('survey');
CREATE TRIGGER news AFTER INSERT OR UPDATE OR DELETE ON survey_sets
    FOR EACH STATEMENT EXECUTE FUNCTION jard_news('survey');
CREATE TRIGGER news AFTER INSERT OR UPDATE OR DELETE ON signing_keys
    FOR EACH STATEMENT EXECUTE FUNCTION jard_news('survey');
CREATE TRIGGER news AFTER INSERT OR UPDATE OR DELETE ON waves
    FOR EACH STATEMENT EXECUTE FUNCTION jard_news('survey');
