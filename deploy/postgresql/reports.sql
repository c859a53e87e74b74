-- An account for reports and dashboards of others: run on the leader, in Jard's
-- database, as its owner or a superuser; copies have it at once.
--   psql -f deploy/postgresql/reports.sql jard && psql -c '\password jard_reports' jard
-- It reads what is no secret and names no person, and nothing else: not accounts,
-- sessions, mail, requests, answers, the audit trail, nor who did what.
-- Tables are no contract: columns are added in any version, and renamed in some.
DO $$ BEGIN CREATE ROLE jard_reports LOGIN CONNECTION LIMIT 8; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
ALTER ROLE jard_reports SET default_transaction_read_only = on;
ALTER ROLE jard_reports SET statement_timeout = '10min';
GRANT SELECT ON institutions, frequencies, themes, check_hours, check_days, watch_gaps, register_versions TO jard_reports;
GRANT SELECT (ref, name, institution, state, revision, title, theme, frequency, licence, openness, target_date, data_modified,
	due_at, late_after, approved_revision, created_at, updated_at) ON datasets TO jard_reports;
GRANT SELECT (slug, name, institution, url, life_event, tier, languages, state, created_at, updated_at) ON services TO jard_reports;
GRANT SELECT (id, service, name, kind, schedule) ON checks TO jard_reports;
GRANT SELECT (id, service, started_at, confirmed_at, ended_at, severity, reach, cause_kind) ON incidents TO jard_reports;
GRANT SELECT (id, incident, service, check_id, started_at, confirmed_at, ended_at) ON outages TO jard_reports;
