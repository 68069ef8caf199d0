-- Orders whose workflow can not go on with the code that is deployed wait for an operator, too.
ALTER TABLE "orders" ADD COLUMN "failing_step" "order_step", ADD COLUMN "failing_since" TIMESTAMPTZ(3);

-- Nobody lists them by number any more.
DROP INDEX "orders_attention_idx";
DROP INDEX "orders_attention_since_idx";
CREATE INDEX "orders_attention_since_idx" ON "orders"((coalesce("attention_since", "failing_since")), "id")
  WHERE "attention_step" IS NOT NULL OR "failing_step" IS NOT NULL;
