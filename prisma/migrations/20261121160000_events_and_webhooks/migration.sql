-- CreateEnum
CREATE TYPE "delivery_status" AS ENUM ('pending', 'delivered', 'failed');

-- CreateTable
CREATE TABLE "events" (
    "id" TEXT COLLATE "C" NOT NULL,
    "number" BIGSERIAL NOT NULL,
    "type" TEXT NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,
    "correlation_id" TEXT NOT NULL,
    "source" JSONB,
    "data" JSONB,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "announced_at" TIMESTAMPTZ(3),

    CONSTRAINT "events_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "webhook_endpoints" (
    "id" UUID NOT NULL DEFAULT uuidv7(),
    "url" TEXT NOT NULL,
    "description" TEXT,
    "events" TEXT[],
    "active" BOOLEAN NOT NULL DEFAULT true,
    "disabled_reason" TEXT,
    "disabled_at" TIMESTAMPTZ(3),
    "failing_since" TIMESTAMPTZ(3),
    "held_until" TIMESTAMPTZ(3),
    "secret" TEXT NOT NULL,
    "previous_secret" TEXT,
    "previous_secret_until" TIMESTAMPTZ(3),
    "created_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "version" INTEGER NOT NULL DEFAULT 1,

    CONSTRAINT "webhook_endpoints_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "webhook_deliveries" (
    "id" UUID NOT NULL DEFAULT uuidv7(),
    "endpoint_id" UUID NOT NULL,
    "event_id" TEXT COLLATE "C" NOT NULL,
    "status" "delivery_status" NOT NULL DEFAULT 'pending',
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "failures" INTEGER NOT NULL DEFAULT 0,
    "claims" INTEGER NOT NULL DEFAULT 0,
    "next_try_at" TIMESTAMPTZ(3),
    "parked_for" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "ended_at" TIMESTAMPTZ(3),

    CONSTRAINT "webhook_deliveries_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "webhook_attempts" (
    "delivery_id" UUID NOT NULL,
    "number" INTEGER NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "latency_ms" INTEGER NOT NULL,
    "status" INTEGER,
    "error" TEXT,
    "response_start" TEXT,

    CONSTRAINT "webhook_attempts_pkey" PRIMARY KEY ("delivery_id","number")
);

-- CreateIndex
CREATE UNIQUE INDEX "events_number_key" ON "events"("number");

-- CreateIndex
CREATE INDEX "events_created_at_idx" ON "events"("created_at");

-- CreateIndex
CREATE INDEX "webhook_deliveries_created_at_idx" ON "webhook_deliveries"("created_at");

-- CreateIndex
CREATE INDEX "webhook_deliveries_event_id_idx" ON "webhook_deliveries"("event_id");

-- CreateIndex
CREATE UNIQUE INDEX "webhook_deliveries_endpoint_id_event_id_key" ON "webhook_deliveries"("endpoint_id", "event_id");

-- AddForeignKey
ALTER TABLE "webhook_deliveries" ADD CONSTRAINT "webhook_deliveries_endpoint_id_fkey" FOREIGN KEY ("endpoint_id") REFERENCES "webhook_endpoints"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "webhook_attempts" ADD CONSTRAINT "webhook_attempts_delivery_id_fkey" FOREIGN KEY ("delivery_id") REFERENCES "webhook_deliveries"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- What Prisma's schema language can not say.

-- What is to be announced, in order; empty most of the time.
CREATE INDEX "events_unannounced" ON "events"("number") WHERE "announced_at" IS NULL;

-- What is due for an endpoint.
CREATE INDEX "webhook_deliveries_due" ON "webhook_deliveries"("endpoint_id", "next_try_at") WHERE "status" = 'pending';

-- What is parked for an endpoint.
CREATE INDEX "webhook_deliveries_parked" ON "webhook_deliveries"("endpoint_id", "ended_at") WHERE "status" = 'failed';

ALTER TABLE "webhook_deliveries" ADD CONSTRAINT "webhook_deliveries_state"
  CHECK (("status" = 'pending') = ("next_try_at" IS NOT NULL) AND ("status" = 'failed') = ("parked_for" IS NOT NULL));

-- Events are written by triggers, in the transactions of those who make something happen, and at their end: by then all of
-- what belongs to it has been written. What did not commit has no event, and no writer can forget one (ADR 0019).

-- A job ended, or needs attention. The second time that the same happens to it the event's id has a number: a job is opened
-- again for repaired rows, and parts may park more than once. The job's row is locked by the change that led here.
CREATE FUNCTION "note_job_event"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  event_type text := NEW."type" || '.' || NEW."status";
  first_id text := NEW."id" || '.' || NEW."status";
  before_it int;
BEGIN
  IF event_type NOT IN ('import.completed', 'import.failed', 'import.needs_attention', 'bulk_delete.completed') THEN
    RETURN NULL;
  END IF;
  -- The same transaction has gone on to something else.
  IF NOT EXISTS (SELECT FROM "jobs" WHERE "id" = NEW."id" AND "status" = NEW."status") THEN
    RETURN NULL;
  END IF;
  -- '/' comes right after '.': a range of the primary key.
  -- By the highest number, not by how many: the oldest may have gone.
  SELECT coalesce(max(CASE WHEN "id" = first_id THEN 1 ELSE substr("id", length(first_id) + 2)::int END), 0)
    INTO before_it
    FROM "events"
   WHERE "id" = first_id OR ("id" > first_id || '.' AND "id" < first_id || '/');
  INSERT INTO "events" ("id", "type", "correlation_id", "source")
  SELECT CASE WHEN before_it = 0 THEN first_id ELSE first_id || '.' || (before_it + 1) END, event_type, NEW."id",
         jsonb_build_object(
           'jobId', j."id", 'jobType', j."type", 'kind', j."kind", 'status', j."status", 'filename', j."filename",
           'createdBy', j."created_by", 'createdAt', j."created_at", 'startedAt', j."started_at", 'finishedAt', j."finished_at",
           'targetJobId', j."target_job_id", 'dryRun', coalesce((j."options" ->> 'dryRun')::boolean, false),
           'failureCode', coalesce(CASE WHEN j."workflow_closed_at" IS NOT NULL THEN 'workflow_closed' END,
                                   j."failure_code", parked."code"),
           'counts', CASE WHEN j."read_at" IS NOT NULL THEN counts."sums" END)
    FROM "jobs" j
   CROSS JOIN LATERAL (
         SELECT jsonb_build_object(
                  'total', coalesce(sum("rows"), 0), 'created', coalesce(sum("created"), 0),
                  'updated', coalesce(sum("updated"), 0), 'unchanged', coalesce(sum("unchanged"), 0),
                  'skipped', coalesce(sum("skipped"), 0), 'duplicate', coalesce(sum("duplicate"), 0),
                  'rejected', coalesce(sum("rejected"), 0), 'failed', coalesce(sum("failed"), 0),
                  'deleted', coalesce(sum("deleted"), 0), 'kept', coalesce(sum("kept"), 0)) AS "sums"
           FROM "chunks"
          WHERE "job_number" = j."number") counts
    LEFT JOIN LATERAL (
         SELECT "code"
           FROM "parked_parts"
          WHERE "job_number" = j."number" AND "released_at" IS NULL AND j."status" = 'needs_attention'
          ORDER BY "parked_at"
          LIMIT 1) parked ON true
   WHERE j."id" = NEW."id";
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER "jobs_note_event" AFTER UPDATE ON "jobs" DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW
  WHEN (OLD."status" IS DISTINCT FROM NEW."status" AND NEW."status" IN ('completed', 'failed', 'needs_attention')
        AND coalesce(NEW."options" ->> 'notify', 'summary') <> 'none')
  EXECUTE FUNCTION "note_job_event"();

-- A chunk of a job with notify=rows has been applied: its created and updated records are to be told of. One row stands for all
-- of them; the batches that receivers get are made of it afterwards, so that the chunk's own transaction stays short.
CREATE FUNCTION "note_applied_chunk"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO "events" ("id", "type", "correlation_id", "source")
  SELECT j."id" || '.rows.' || NEW."number" || '.r' || NEW."revision", 'records.changed', j."id",
         jsonb_build_object('jobId', j."id", 'jobNumber', j."number", 'kind', j."kind", 'chunk', NEW."number",
                            'firstRow', NEW."first_row", 'lastRow', NEW."first_row" + NEW."rows" - 1)
    FROM "jobs" j
   WHERE j."number" = NEW."job_number" AND j."type" = 'import' AND j."options" ->> 'notify' = 'rows'
     AND NOT coalesce((j."options" ->> 'dryRun')::boolean, false);
  RETURN NULL;
END $$;
CREATE TRIGGER "chunks_note_event" AFTER UPDATE ON "chunks"
  FOR EACH ROW
  WHEN (OLD."applied_at" IS NULL AND NEW."applied_at" IS NOT NULL AND NEW."created" + NEW."updated" > 0)
  EXECUTE FUNCTION "note_applied_chunk"();

-- A request wrote a record. Its type is written as the event is announced: what one record of a kind is called is known there. Values go as texts: JSON's numbers do not hold every decimal. Rows of files have their batches.
CREATE FUNCTION "note_record_event"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  after_it jsonb;
  before_it jsonb;
BEGIN
  IF NEW."operation" <> 'deleted' THEN
    -- The table of a kind has the kind's name.
    EXECUTE format('SELECT to_jsonb(r) FROM %I r WHERE "id" = $1', NEW."kind") INTO after_it USING NEW."record_id";
    SELECT jsonb_object_agg("key", "value") INTO after_it FROM jsonb_each_text(after_it);
  END IF;
  SELECT jsonb_object_agg("key", "value") INTO before_it FROM jsonb_each_text(NEW."before");
  INSERT INTO "events" ("id", "type", "correlation_id", "source")
  VALUES (NEW."change_id", NEW."kind" || '.' || NEW."operation", NEW."change_id",
          jsonb_build_object('kind', NEW."kind", 'recordId', NEW."record_id", 'operation', NEW."operation",
                             'by', NEW."changed_by", 'after', after_it, 'before', before_it));
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER "record_changes_note_event" AFTER INSERT ON "record_changes" DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW
  WHEN (NEW."change_row" = 0)
  EXECUTE FUNCTION "note_record_event"();
