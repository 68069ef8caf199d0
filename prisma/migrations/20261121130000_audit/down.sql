DROP TABLE "audit";
DROP FUNCTION "refuse_change_of_audit"();
ALTER TABLE "parked_parts" DROP COLUMN "resolution";
ALTER TABLE "jobs" DROP COLUMN "workflow_closed_at", DROP COLUMN "ending_as";
