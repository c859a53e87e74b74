-- +goose Up
-- Whose part of an incident an internal note is about; '[]': it speaks to all of the inside.
ALTER TABLE incident_notes ADD COLUMN institutions TEXT NOT NULL DEFAULT '[]';
