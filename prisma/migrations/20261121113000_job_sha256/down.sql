DROP INDEX "jobs_sha256_number_idx";
