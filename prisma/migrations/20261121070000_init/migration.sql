-- CreateEnum
CREATE TYPE "job_type" AS ENUM ('import', 'undo', 'bulk_delete');

-- CreateEnum
CREATE TYPE "job_status" AS ENUM ('pending', 'processing', 'paused', 'needs_attention', 'completed', 'failed', 'cancelled');

-- CreateEnum
CREATE TYPE "stage" AS ENUM ('reading', 'staging', 'resolving', 'applying', 'finishing');

-- CreateEnum
CREATE TYPE "outcome" AS ENUM ('created', 'updated', 'unchanged', 'skipped', 'duplicate', 'rejected', 'failed', 'pending');

-- CreateEnum
CREATE TYPE "change_operation" AS ENUM ('created', 'updated', 'deleted');

-- CreateTable
CREATE TABLE "jobs" (
    "id" UUID NOT NULL,
    "number" SERIAL NOT NULL,
    "type" "job_type" NOT NULL,
    "kind" TEXT NOT NULL,
    "status" "job_status" NOT NULL DEFAULT 'pending',
    "stage" "stage",
    "filename" TEXT,
    "storage_key" TEXT,
    "size_bytes" BIGINT,
    "sha256" TEXT,
    "options" JSONB NOT NULL,
    "reading" JSONB,
    "read_at" TIMESTAMPTZ(3),
    "resolved_at" TIMESTAMPTZ(3),
    "failure_code" TEXT,
    "failure_message" TEXT,
    "created_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "started_at" TIMESTAMPTZ(3),
    "stage_started_at" TIMESTAMPTZ(3),
    "finished_at" TIMESTAMPTZ(3),
    "revision" INTEGER NOT NULL DEFAULT 0,
    "target_job_id" UUID,

    CONSTRAINT "jobs_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "chunks" (
    "job_number" INTEGER NOT NULL,
    "number" INTEGER NOT NULL,
    "first_row" INTEGER NOT NULL,
    "rows" INTEGER NOT NULL,
    "first_line" INTEGER NOT NULL,
    "byte_start" BIGINT NOT NULL,
    "byte_end" BIGINT NOT NULL,
    "staged_at" TIMESTAMPTZ(3),
    "applied_at" TIMESTAMPTZ(3),
    "created" INTEGER NOT NULL DEFAULT 0,
    "updated" INTEGER NOT NULL DEFAULT 0,
    "unchanged" INTEGER NOT NULL DEFAULT 0,
    "skipped" INTEGER NOT NULL DEFAULT 0,
    "duplicate" INTEGER NOT NULL DEFAULT 0,
    "rejected" INTEGER NOT NULL DEFAULT 0,
    "failed" INTEGER NOT NULL DEFAULT 0,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "revision" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "chunks_pkey" PRIMARY KEY ("job_number","number")
);

-- CreateTable
CREATE TABLE "parked_parts" (
    "job_number" INTEGER NOT NULL,
    "stage" "stage" NOT NULL,
    "chunk" INTEGER NOT NULL,
    "code" TEXT NOT NULL,
    "message" TEXT NOT NULL,
    "attempts" INTEGER NOT NULL,
    "parked_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "released_at" TIMESTAMPTZ(3),

    CONSTRAINT "parked_parts_pkey" PRIMARY KEY ("job_number","stage","chunk")
);

-- CreateTable
CREATE TABLE "staged_rows" (
    "job_number" INTEGER NOT NULL,
    "row" INTEGER NOT NULL,
    "line" INTEGER NOT NULL,
    "key" TEXT COLLATE "C",
    "cells" TEXT[],
    "cleared" INTEGER NOT NULL DEFAULT 0,
    "raw" TEXT,
    "errors" JSONB,
    "outcome" "outcome",

    CONSTRAINT "staged_rows_pkey" PRIMARY KEY ("job_number","row")
);

-- CreateTable
CREATE TABLE "row_outcomes" (
    "job_number" INTEGER NOT NULL,
    "row" INTEGER NOT NULL,
    "outcome" "outcome" NOT NULL,
    "record_id" UUID,

    CONSTRAINT "row_outcomes_pkey" PRIMARY KEY ("job_number","row")
);

-- CreateTable
CREATE TABLE "customers" (
    "id" UUID NOT NULL DEFAULT uuidv7(),
    "email" TEXT NOT NULL,
    "email_key" TEXT COLLATE "C" NOT NULL,
    "name" TEXT NOT NULL,
    "company" TEXT NOT NULL,
    "phone" TEXT,
    "version" INTEGER NOT NULL DEFAULT 1,
    "last_change" UUID NOT NULL,
    "last_change_row" INTEGER,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "customers_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "products" (
    "id" UUID NOT NULL DEFAULT uuidv7(),
    "sku" TEXT NOT NULL,
    "sku_key" TEXT COLLATE "C" NOT NULL,
    "name" TEXT NOT NULL,
    "price" DECIMAL(19,4) NOT NULL,
    "description" TEXT,
    "active" BOOLEAN NOT NULL DEFAULT true,
    "stock" INTEGER NOT NULL DEFAULT 0,
    "version" INTEGER NOT NULL DEFAULT 1,
    "last_change" UUID NOT NULL,
    "last_change_row" INTEGER,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "products_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "record_changes" (
    "change_id" UUID NOT NULL,
    "change_row" INTEGER NOT NULL,
    "kind" TEXT NOT NULL,
    "record_id" UUID NOT NULL,
    "operation" "change_operation" NOT NULL,
    "before" JSONB,
    "previous_change" UUID,
    "previous_change_row" INTEGER,
    "changed_by" TEXT NOT NULL,
    "changed_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "record_changes_pkey" PRIMARY KEY ("change_id","change_row")
);

-- CreateTable
CREATE TABLE "idempotency_keys" (
    "principal" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "job_id" UUID NOT NULL,
    "request" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "idempotency_keys_pkey" PRIMARY KEY ("principal","key")
);

-- CreateIndex
CREATE UNIQUE INDEX "jobs_number_key" ON "jobs"("number");

-- CreateIndex
CREATE INDEX "jobs_status_number_idx" ON "jobs"("status", "number");

-- CreateIndex
CREATE UNIQUE INDEX "customers_email_key_key" ON "customers"("email_key");

-- CreateIndex
CREATE UNIQUE INDEX "products_sku_key_key" ON "products"("sku_key");

-- CreateIndex
CREATE INDEX "idempotency_keys_created_at_idx" ON "idempotency_keys"("created_at");

-- AddForeignKey
ALTER TABLE "chunks" ADD CONSTRAINT "chunks_job_number_fkey" FOREIGN KEY ("job_number") REFERENCES "jobs"("number") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "parked_parts" ADD CONSTRAINT "parked_parts_job_number_fkey" FOREIGN KEY ("job_number") REFERENCES "jobs"("number") ON DELETE CASCADE ON UPDATE CASCADE;


-- What Prisma's schema language can not say.

ALTER TABLE "products" ADD CONSTRAINT "products_price_not_negative" CHECK ("price" >= 0);
ALTER TABLE "products" ADD CONSTRAINT "products_stock_not_negative" CHECK ("stock" >= 0);

-- Resolving looks for repeated keys among the valid rows of one job by reading that job's range of the primary key:
-- no index on the key, which would cost more on each staged row than the one sort that it saves.
