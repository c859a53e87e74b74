-- +goose Up
-- Whose part of an incident an internal note is about; '[]': it speaks to all of the inside.
ALTER TABLE incident_notes ADD COLUMN institutions TEXT NOT NULL DEFAULT '[]';

-- When the times of a maintenance window were moved last; null: they stand as announced.
ALTER TABLE maintenance ADD COLUMN edited_at TIMESTAMP;
