DROP TABLE "mappings";
