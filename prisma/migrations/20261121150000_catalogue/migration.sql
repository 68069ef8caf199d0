-- AlterTable
ALTER TABLE "chunks" ADD COLUMN     "indexed_at" TIMESTAMPTZ(3);

-- AlterTable
ALTER TABLE "idempotency_keys" RENAME COLUMN "job_id" TO "resource_id";

-- CreateTable
CREATE TABLE "customers_search" (
    "record_id" UUID NOT NULL,
    "version" INTEGER NOT NULL,
    "key" TEXT COLLATE "C" NOT NULL,
    "name" TEXT COLLATE "C" NOT NULL,
    "company" TEXT COLLATE "C" NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,
    "text" TEXT COLLATE "C" NOT NULL,

    CONSTRAINT "customers_search_pkey" PRIMARY KEY ("record_id")
);

-- CreateTable
CREATE TABLE "products_search" (
    "record_id" UUID NOT NULL,
    "version" INTEGER NOT NULL,
    "key" TEXT COLLATE "C" NOT NULL,
    "name" TEXT COLLATE "C" NOT NULL,
    "price" DECIMAL(19,4) NOT NULL,
    "active" BOOLEAN NOT NULL,
    "stock" INTEGER NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,
    "text" TEXT COLLATE "C" NOT NULL,

    CONSTRAINT "products_search_pkey" PRIMARY KEY ("record_id")
);

-- What is there already. Nothing waits for its index.
INSERT INTO "customers_search" (record_id, version, key, name, company, updated_at, text)
SELECT id, version, email_key, left(casefold(name COLLATE pg_unicode_fast), 100), left(casefold(company COLLATE pg_unicode_fast), 100), updated_at,
       ' ' || casefold(concat_ws(E'\n ', left(name, 2000), left(email, 2000), left(company, 2000), left(phone, 2000)) COLLATE pg_unicode_fast)
  FROM "customers" ORDER BY id;

INSERT INTO "products_search" (record_id, version, key, name, price, active, stock, updated_at, text)
SELECT id, version, sku_key, left(casefold(name COLLATE pg_unicode_fast), 100), price, active, stock, updated_at,
       ' ' || casefold(concat_ws(E'\n ', left(sku, 2000), left(name, 2000), left(description, 2000)) COLLATE pg_unicode_fast)
  FROM "products" ORDER BY id;

UPDATE "chunks" SET "indexed_at" = now() WHERE "applied_at" IS NOT NULL;

-- CreateIndex
CREATE INDEX "customers_search_key_record_id_idx" ON "customers_search"("key", "record_id");

-- CreateIndex
CREATE INDEX "customers_search_name_record_id_idx" ON "customers_search"("name", "record_id");

-- CreateIndex
CREATE INDEX "customers_search_company_record_id_idx" ON "customers_search"("company", "record_id");

-- CreateIndex
CREATE INDEX "customers_search_updated_at_record_id_idx" ON "customers_search"("updated_at", "record_id");

-- CreateIndex
CREATE INDEX "products_search_key_record_id_idx" ON "products_search"("key", "record_id");

-- CreateIndex
CREATE INDEX "products_search_name_record_id_idx" ON "products_search"("name", "record_id");

-- CreateIndex
CREATE INDEX "products_search_price_record_id_idx" ON "products_search"("price", "record_id");

-- CreateIndex
CREATE INDEX "products_search_active_idx" ON "products_search"("active");

-- CreateIndex
CREATE INDEX "products_search_stock_record_id_idx" ON "products_search"("stock", "record_id");

-- CreateIndex
CREATE INDEX "products_search_updated_at_record_id_idx" ON "products_search"("updated_at", "record_id");

-- What Prisma's schema language can not say.

CREATE EXTENSION IF NOT EXISTS pg_trgm;

-- Trigrams are made of letters and digits only, and which characters are letters depends on the server's locale: with "C"
-- only those of ASCII are. So others are written in ASCII here: alphabets letter by letter, everything else as the octal
-- digits of its bytes. Character by character, so that what contains a text contains it in this form too; not the other way
-- round, so whoever searches compares the texts themselves besides. Not STRICT, so that it is inlined.
CREATE FUNCTION "trigram_form"(given text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN octet_length(given) = length(given) THEN replace(given, '\', '')
              ELSE replace(encode(convert_to(translate(given,
      'άέήίΰαβγδεζηθικλμνξοπρςστυφχψωϊϋόύώабвгдежзийклмнопрстуфхцчш'
      'щъыьэюяѐёђѓєѕіїјљњћќѝўџҐґאבגדהוזחטיךכלםמןנסעףפץצקרשתءآأؤإئاب'
      'ةتثجحخدذرزسشصضطظعغػؼؽؾؿـفقكلمنهوىي',
      'abcdefghijklmnopqrstuvwxyz012345678abcdefghijklmnopqrstuvwxy'
      'z0123456789abcdefghijklababcdefghijklmnopqrstuvwxyz0abcdefgh'
      'ijklmnopqrstuvwxyz0123456789abcdef'
    ), 'UTF8'), 'escape'), '\', '')
         END
$$;

CREATE INDEX "customers_search_text_idx" ON "customers_search" USING gin ("trigram_form"("text") gin_trgm_ops);
CREATE INDEX "products_search_text_idx" ON "products_search" USING gin ("trigram_form"("text") gin_trgm_ops);

-- Chunks whose records are to be brought into the search tables: nearly always none.
CREATE INDEX "chunks_unindexed_idx" ON "chunks" ("job_number", "number") WHERE "applied_at" IS NOT NULL AND "indexed_at" IS NULL;

-- The history of a record that is gone starts at its deletion. Updates, which come in bulk, are not in it.
CREATE INDEX "record_changes_deleted_idx" ON "record_changes" ("record_id") WHERE "operation" = 'deleted';
