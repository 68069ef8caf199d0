DROP INDEX "orders_attention_since_idx";
