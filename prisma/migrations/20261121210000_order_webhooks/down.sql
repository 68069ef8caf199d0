DROP TRIGGER "order_events_note_events" ON "order_events";
DROP FUNCTION "note_order_events"();
