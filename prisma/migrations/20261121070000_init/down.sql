DROP TABLE "idempotency_keys", "record_changes", "products", "customers", "row_outcomes", "staged_rows", "parked_parts", "chunks", "jobs";
DROP TYPE "change_operation", "outcome", "stage", "job_status", "job_type";
