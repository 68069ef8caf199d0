-- AlterTable
ALTER TABLE "chunks" ADD COLUMN     "orders" INTEGER NOT NULL DEFAULT 0;

-- AlterTable
ALTER TABLE "orders" ADD COLUMN     "import_number" INTEGER,
ADD COLUMN     "import_row" INTEGER,
ADD COLUMN     "queued" BOOLEAN NOT NULL DEFAULT false;

-- AlterTable
ALTER TABLE "staged_rows" ADD COLUMN     "group_row" INTEGER;

-- What Prisma's schema language can not say.

-- The other rows of what a row begins. Rows of most kinds stand alone, and are not in it.
CREATE INDEX "staged_rows_group_row_idx" ON "staged_rows" ("job_number", "group_row") WHERE "group_row" IS NOT NULL;

-- Orders of files that wait for their start, first come, first started.
CREATE INDEX "orders_queued_idx" ON "orders" ("number") WHERE "queued" AND "goal" IS NOT NULL;
-- Orders of files that were started and have not ended: few, because only so many are started.
CREATE INDEX "orders_imported_at_work_idx" ON "orders" ("number")
  WHERE "import_number" IS NOT NULL AND "goal" IS NOT NULL AND "attention_step" IS NULL AND NOT "queued";
-- How far the orders of one file are: those that have ended are not in it.
CREATE INDEX "orders_import_unended_idx" ON "orders" ("import_number", "queued") WHERE "import_number" IS NOT NULL AND "goal" IS NOT NULL;
-- All orders of one file.
CREATE INDEX "orders_import_idx" ON "orders" ("import_number", "import_row") WHERE "import_number" IS NOT NULL;

-- What waits for its start is no business of those who look after orders at work.
DROP INDEX "orders_at_work_idx";
CREATE INDEX "orders_at_work_idx" ON "orders" ("number") WHERE "goal" IS NOT NULL AND "attention_step" IS NULL AND NOT "queued";
