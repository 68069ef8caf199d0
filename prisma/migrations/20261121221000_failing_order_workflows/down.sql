DROP INDEX "orders_attention_since_idx";
ALTER TABLE "orders" DROP COLUMN "failing_step", DROP COLUMN "failing_since";
CREATE INDEX "orders_attention_since_idx" ON "orders"("attention_since", "id") WHERE "attention_step" IS NOT NULL;
CREATE INDEX "orders_attention_idx" ON "orders"("number") WHERE "attention_step" IS NOT NULL;
