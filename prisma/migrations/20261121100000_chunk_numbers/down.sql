ALTER TABLE "chunks" DROP COLUMN "numbers";
