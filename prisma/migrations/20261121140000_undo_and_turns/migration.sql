-- AlterEnum
ALTER TYPE "outcome" ADD VALUE 'reversed';
ALTER TYPE "outcome" ADD VALUE 'deleted';
ALTER TYPE "outcome" ADD VALUE 'kept';

-- AlterTable
ALTER TABLE "jobs" ADD COLUMN     "turn_place" INTEGER,
ADD COLUMN     "wants_turn" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "undo_by" TEXT;

-- AlterTable
ALTER TABLE "chunks" ADD COLUMN     "deleted" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "kept" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "reversed" INTEGER NOT NULL DEFAULT 0;

-- AlterTable
ALTER TABLE "row_outcomes" ADD COLUMN     "errors" JSONB;

-- CreateTable
CREATE TABLE "job_targets" (
    "job_number" INTEGER NOT NULL,
    "row" INTEGER NOT NULL,
    "record_id" UUID NOT NULL,
    "key" TEXT,
    "operation" "change_operation" NOT NULL,
    "source_row" INTEGER,
    "version" INTEGER,

    CONSTRAINT "job_targets_pkey" PRIMARY KEY ("job_number","row")
);

-- CreateTable
CREATE TABLE "turns" (
    "kind" TEXT NOT NULL,
    "job_number" INTEGER,

    CONSTRAINT "turns_pkey" PRIMARY KEY ("kind")
);

-- What Prisma's schema language can not say.

ALTER TABLE "job_targets" ALTER COLUMN "key" TYPE TEXT COLLATE "C";

-- A job is undone once; an undo that was given up may be done again.
CREATE UNIQUE INDEX "jobs_undone_once" ON "jobs" ("target_job_id")
  WHERE "type" = 'undo' AND "status" NOT IN ('failed', 'cancelled');
