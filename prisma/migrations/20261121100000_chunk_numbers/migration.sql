-- AlterTable
ALTER TABLE "chunks" ADD COLUMN     "numbers" JSONB;
