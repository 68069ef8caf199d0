-- Orders whose workflow can not go on with the code that is deployed wait for an operator, too.
ALTER TABLE "orders" ADD COLUMN "failing_step" "order_step", ADD COLUMN "failing_since" TIMESTAMPTZ(3);

DROP INDEX "orders_attention_idx";
CREATE INDEX "orders_attention_idx" ON "orders"("number") WHERE "attention_step" IS NOT NULL OR "failing_step" IS NOT NULL;
