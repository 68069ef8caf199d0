DROP INDEX "record_changes_deleted_idx";
DROP INDEX "record_changes_requests_idx";
DROP INDEX "jobs_storage_key_idx";
DROP INDEX "jobs_row_due_idx";
DROP INDEX "jobs_removing_idx";
DROP INDEX "jobs_changes_due_idx";
DROP INDEX "jobs_outcomes_due_idx";
DROP INDEX "jobs_staging_due_idx";
DROP INDEX "jobs_files_due_idx";
ALTER TABLE "jobs" DROP COLUMN "removing", DROP COLUMN "changes_removed_at", DROP COLUMN "outcomes_removed_at",
  DROP COLUMN "staging_removed_at", DROP COLUMN "files_removed_at";
