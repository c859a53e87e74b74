-- +goose Up
-- Which version of the catalogue first told of this state of a dataset, and with which it came in. Versions are given out
-- under a lock that is held until the commit, so that a reader who has seen one has seen every one before it; times have no
-- such order.
ALTER TABLE publications ADD COLUMN version INTEGER NOT NULL DEFAULT 0;
ALTER TABLE publications ADD COLUMN entered INTEGER NOT NULL DEFAULT 0;

-- What is there already is told in the order of its dates.
UPDATE publications SET version = r.n, entered = r.n
FROM (SELECT dataset_id, row_number() OVER (ORDER BY modified, dataset_id) AS n FROM publications) AS r
WHERE r.dataset_id = publications.dataset_id;
UPDATE register_versions SET number = max(number, (SELECT count(*) FROM publications)) WHERE part = 'catalogue';

CREATE INDEX publications_version ON publications (version, dataset_id);
