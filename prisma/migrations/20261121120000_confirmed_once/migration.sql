-- A dry run is confirmed once: whoever does it again gets the same import.
CREATE UNIQUE INDEX "jobs_confirmed_once" ON "jobs"("target_job_id") WHERE "type" = 'import';
