-- Jobs that the older schema does not know go, and what they had noted with them.
DELETE FROM row_outcomes WHERE job_number IN (SELECT number FROM jobs WHERE type <> 'import');
DELETE FROM jobs WHERE type <> 'import';
DROP TABLE turns;
DROP TABLE job_targets;
DROP INDEX jobs_undone_once;
ALTER TABLE row_outcomes DROP COLUMN errors;
ALTER TABLE chunks DROP COLUMN deleted, DROP COLUMN kept, DROP COLUMN reversed;
ALTER TABLE jobs DROP COLUMN turn_place, DROP COLUMN wants_turn, DROP COLUMN undo_by;
-- PostgreSQL can not take a value out of an enum.
ALTER TYPE outcome RENAME TO outcome_with_undo;
CREATE TYPE outcome AS ENUM ('created', 'updated', 'unchanged', 'skipped', 'duplicate', 'rejected', 'failed', 'pending');
ALTER TABLE staged_rows ALTER COLUMN outcome TYPE outcome USING outcome::text::outcome;
ALTER TABLE row_outcomes ALTER COLUMN outcome TYPE outcome USING outcome::text::outcome;
DROP TYPE outcome_with_undo;
