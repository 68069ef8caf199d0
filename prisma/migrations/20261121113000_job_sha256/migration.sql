-- CreateIndex
CREATE INDEX "jobs_sha256_number_idx" ON "jobs"("sha256", "number");
