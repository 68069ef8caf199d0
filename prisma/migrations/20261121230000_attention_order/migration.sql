-- What waits for an operator is listed by how long it has waited, whatever it is: orders by this one, which takes the place of the
-- one by number.
DROP INDEX "orders_attention_idx";
CREATE INDEX "orders_attention_since_idx" ON "orders" (COALESCE("attention_since", "failing_since"), "id")
  WHERE "attention_step" IS NOT NULL OR "failing_step" IS NOT NULL;
