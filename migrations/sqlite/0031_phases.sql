-- +goose Up
-- The phases of response times, summed up like the times themselves: over the readings that are in `times`.
ALTER TABLE check_hours ADD COLUMN dns_us INTEGER NOT NULL DEFAULT 0;
ALTER TABLE check_hours ADD COLUMN connect_us INTEGER NOT NULL DEFAULT 0;
ALTER TABLE check_hours ADD COLUMN tls_us INTEGER NOT NULL DEFAULT 0;
ALTER TABLE check_hours ADD COLUMN wait_us INTEGER NOT NULL DEFAULT 0;
ALTER TABLE check_hours ADD COLUMN transfer_us INTEGER NOT NULL DEFAULT 0;
ALTER TABLE check_days ADD COLUMN dns_us INTEGER NOT NULL DEFAULT 0;
ALTER TABLE check_days ADD COLUMN connect_us INTEGER NOT NULL DEFAULT 0;
ALTER TABLE check_days ADD COLUMN tls_us INTEGER NOT NULL DEFAULT 0;
ALTER TABLE check_days ADD COLUMN wait_us INTEGER NOT NULL DEFAULT 0;
ALTER TABLE check_days ADD COLUMN transfer_us INTEGER NOT NULL DEFAULT 0;

-- The days of every check at once, for ribbons.
CREATE INDEX check_days_start ON check_days (start);
-- The states of one service.
CREATE INDEX check_current_service ON check_current (service);
