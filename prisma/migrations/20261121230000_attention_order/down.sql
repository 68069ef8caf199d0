DROP INDEX "orders_attention_since_idx";
CREATE INDEX "orders_attention_idx" ON "orders"("number") WHERE "attention_step" IS NOT NULL OR "failing_step" IS NOT NULL;
