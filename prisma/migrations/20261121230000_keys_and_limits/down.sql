DROP TRIGGER "audit_no_truncate" ON "audit";
DROP TABLE "uploads";
DROP TABLE "rate_limits";
DROP TABLE "used_links";
DROP TABLE "api_keys";
