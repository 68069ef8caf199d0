-- AlterTable
ALTER TABLE "jobs" ADD COLUMN     "ending_as" "job_status",
ADD COLUMN     "workflow_closed_at" TIMESTAMPTZ(3);

-- AlterTable
ALTER TABLE "parked_parts" ADD COLUMN     "resolution" TEXT;

-- CreateTable
CREATE TABLE "audit" (
    "id" UUID NOT NULL,
    "number" SERIAL NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "actor" TEXT NOT NULL,
    "action" TEXT NOT NULL,
    "job_id" UUID,
    "part" TEXT,
    "reason" TEXT,
    "before" JSONB,
    "after" JSONB,
    "via" TEXT NOT NULL,

    CONSTRAINT "audit_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "audit_number_key" ON "audit"("number");

-- CreateIndex
CREATE INDEX "audit_job_id_number_idx" ON "audit"("job_id", "number");

-- What Prisma's schema language can not say.

-- The audit log only grows.
CREATE FUNCTION "refuse_change_of_audit"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the audit log can not be changed';
END $$;
CREATE TRIGGER "audit_append_only" BEFORE UPDATE OR DELETE ON "audit"
  FOR EACH ROW EXECUTE FUNCTION "refuse_change_of_audit"();
