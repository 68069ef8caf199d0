-- What Prisma's schema language can not say.

-- Chunks of bulk deletes with notify=rows are told of as well: there, what was deleted.
CREATE OR REPLACE FUNCTION "note_applied_chunk"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO "events" ("id", "type", "correlation_id", "source")
  SELECT j."id" || '.rows.' || NEW."number" || '.r' || NEW."revision", 'records.changed', j."id",
         jsonb_build_object('jobId', j."id", 'jobNumber', j."number", 'kind', j."kind", 'chunk', NEW."number",
                            'firstRow', NEW."first_row", 'lastRow', NEW."first_row" + NEW."rows" - 1)
    FROM "jobs" j
   WHERE j."number" = NEW."job_number" AND j."type" IN ('import', 'bulk_delete') AND j."options" ->> 'notify' = 'rows'
     AND NOT coalesce((j."options" ->> 'dryRun')::boolean, false);
  RETURN NULL;
END $$;

DROP TRIGGER "chunks_note_event" ON "chunks";
CREATE TRIGGER "chunks_note_event" AFTER UPDATE ON "chunks"
  FOR EACH ROW
  WHEN (OLD."applied_at" IS NULL AND NEW."applied_at" IS NOT NULL AND NEW."created" + NEW."updated" + NEW."deleted" > 0)
  EXECUTE FUNCTION "note_applied_chunk"();
