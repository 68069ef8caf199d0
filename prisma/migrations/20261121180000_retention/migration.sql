-- AlterTable
ALTER TABLE "jobs" ADD COLUMN     "changes_removed_at" TIMESTAMPTZ(3),
ADD COLUMN     "files_removed_at" TIMESTAMPTZ(3),
ADD COLUMN     "outcomes_removed_at" TIMESTAMPTZ(3),
ADD COLUMN     "removing" TEXT[] DEFAULT ARRAY[]::TEXT[],
ADD COLUMN     "staging_removed_at" TIMESTAMPTZ(3);

-- AlterTable
ALTER TABLE "job_targets" ALTER COLUMN "record_id" DROP NOT NULL;

-- What Prisma's schema language can not say.

-- Each round of the housekeeping asks what is due; with these, what has been removed long ago is not looked at again.
CREATE INDEX "jobs_files_due_idx" ON "jobs"("finished_at") WHERE "files_removed_at" IS NULL;
CREATE INDEX "jobs_staging_due_idx" ON "jobs"("finished_at") WHERE "staging_removed_at" IS NULL;
CREATE INDEX "jobs_outcomes_due_idx" ON "jobs"("finished_at") WHERE "outcomes_removed_at" IS NULL;
CREATE INDEX "jobs_changes_due_idx" ON "jobs"("finished_at") WHERE "changes_removed_at" IS NULL;
CREATE INDEX "jobs_removing_idx" ON "jobs"("number") WHERE "removing" <> '{}';
-- The row of a job goes last.
CREATE INDEX "jobs_row_due_idx" ON "jobs"("finished_at") WHERE "outcomes_removed_at" IS NOT NULL;
-- Which of the stored files still have an owner.
CREATE INDEX "jobs_storage_key_idx" ON "jobs"("storage_key") WHERE "files_removed_at" IS NULL;
-- Changes of single requests have no job with which they could go: 0 stands for the row. Those of jobs cost nothing here.
CREATE INDEX "record_changes_requests_idx" ON "record_changes"("changed_at") WHERE "change_row" = 0;

-- Repairs of rows about people are recorded without their values from now on; those recorded before lose them.
ALTER TABLE "audit" DISABLE TRIGGER "audit_append_only";
UPDATE "audit" a SET "before" = NULL, "after" = NULL
  FROM "jobs" j
 WHERE a."action" = 'repair-row' AND j."id" = a."job_id" AND j."kind" = 'customers';
ALTER TABLE "audit" ENABLE TRIGGER "audit_append_only";
