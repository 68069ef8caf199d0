DROP INDEX "record_changes_requests_idx";
DROP INDEX "jobs_storage_key_idx";
DROP INDEX "jobs_row_due_idx";
DROP INDEX "jobs_removing_idx";
DROP INDEX "jobs_changes_due_idx";
DROP INDEX "jobs_outcomes_due_idx";
DROP INDEX "jobs_staging_due_idx";
DROP INDEX "jobs_files_due_idx";
UPDATE "job_targets" SET "record_id" = '00000000-0000-0000-0000-000000000000' WHERE "record_id" IS NULL;
ALTER TABLE "job_targets" ALTER COLUMN "record_id" SET NOT NULL;
ALTER TABLE "jobs" DROP COLUMN "removing", DROP COLUMN "changes_removed_at", DROP COLUMN "outcomes_removed_at",
  DROP COLUMN "staging_removed_at", DROP COLUMN "files_removed_at";
