-- What waits for an operator is listed by how long it has waited, whatever it is: orders by this one.
CREATE INDEX "orders_attention_since_idx" ON "orders"("attention_since", "id") WHERE "attention_step" IS NOT NULL;
