DROP INDEX "jobs_failing_idx";
ALTER TABLE "jobs" DROP COLUMN "workflow_failing_at";
