DROP INDEX "orders_attention_idx";
ALTER TABLE "orders" DROP COLUMN "failing_step", DROP COLUMN "failing_since";
CREATE INDEX "orders_attention_idx" ON "orders"("number") WHERE "attention_step" IS NOT NULL;
