DROP INDEX "jobs_confirmed_once";
