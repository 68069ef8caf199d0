DROP INDEX "record_changes_deleted_idx";
DROP INDEX "chunks_unindexed_idx";
DROP TABLE "products_search";
DROP TABLE "customers_search";
DROP FUNCTION "trigram_form"(text);
DROP EXTENSION pg_trgm;
ALTER TABLE "idempotency_keys" RENAME COLUMN "resource_id" TO "job_id";
ALTER TABLE "chunks" DROP COLUMN "indexed_at";
