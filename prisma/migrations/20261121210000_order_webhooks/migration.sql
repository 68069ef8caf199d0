-- The status of orders changed: their events, written with the entries of the timelines, once for each statement (ADR 0019).
-- Nothing is written that nobody has subscribed to: most orders of most installations are told to no address, and each has four
-- or more of these. Whoever subscribes later hears of what happens from then on.
CREATE FUNCTION "note_order_events"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- Of the few endpoints that there are, most of the time none.
  IF NOT EXISTS (SELECT FROM "webhook_endpoints" WHERE "active") THEN
    RETURN NULL;
  END IF;
  INSERT INTO "events" ("id", "type", "correlation_id", "source", "created_at")
  SELECT n."id", named."type", n."order_id",
         jsonb_build_object('orderId', n."order_id", 'seq', n."seq", 'status', n."status", 'type', n."type",
                            'version', n."version", 'payload', n."payload"),
         n."at"
    FROM "new_entries" n
   CROSS JOIN LATERAL (SELECT 'order.' || lower(n."status"::text COLLATE "C") AS "type") named
   WHERE n."status" IS NOT NULL
     AND EXISTS (SELECT FROM "webhook_endpoints" w
                  WHERE w."active" AND w."events" && ARRAY['*', 'order.*', named."type"])
   ORDER BY n."order_id", n."seq";
  RETURN NULL;
END $$;
CREATE TRIGGER "order_events_note_events" AFTER INSERT ON "order_events"
  REFERENCING NEW TABLE AS "new_entries"
  FOR EACH STATEMENT
  EXECUTE FUNCTION "note_order_events"();
