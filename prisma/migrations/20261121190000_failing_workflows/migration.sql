-- AlterTable
ALTER TABLE "jobs" ADD COLUMN "workflow_failing_at" TIMESTAMPTZ(3);

-- What Prisma's schema language can not say.

-- They need attention, whatever their status; none most of the time.
CREATE INDEX "jobs_failing_idx" ON "jobs"("number") WHERE "workflow_failing_at" IS NOT NULL;
