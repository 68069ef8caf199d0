-- CreateEnum
CREATE TYPE "order_status" AS ENUM ('CREATED', 'INVENTORY_RESERVED', 'INVENTORY_FAILED', 'PAYMENT_AUTHORIZED', 'PAYMENT_FAILED', 'SHIPPED', 'SHIPPING_FAILED', 'REFUNDED', 'CANCELLED');

-- CreateEnum
CREATE TYPE "order_goal" AS ENUM ('fulfil', 'undo', 'cancel');

-- CreateEnum
CREATE TYPE "order_step" AS ENUM ('inventory', 'payment', 'shipping', 'recall', 'refund', 'release');

-- CreateEnum
CREATE TYPE "reservation_status" AS ENUM ('held', 'released', 'shipped');

-- CreateEnum
CREATE TYPE "payment_status" AS ENUM ('requested', 'authorized', 'declined', 'refunded', 'void');

-- CreateEnum
CREATE TYPE "shipment_status" AS ENUM ('requested', 'shipped', 'refused', 'recalled');

-- AlterTable
ALTER TABLE "audit" ADD COLUMN     "order_id" TEXT COLLATE "C";

-- AlterTable
ALTER TABLE "idempotency_keys" ALTER COLUMN "resource_id" SET DATA TYPE TEXT COLLATE "C";

-- AlterTable
ALTER TABLE "products" ADD COLUMN     "reserved" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "stock_moved_at" TIMESTAMPTZ(3),
ADD COLUMN     "available" INTEGER GENERATED ALWAYS AS (GREATEST("stock" - "reserved", 0)) VIRTUAL;

-- CreateTable
CREATE TABLE "orders" (
    "id" TEXT COLLATE "C" NOT NULL,
    "number" BIGSERIAL NOT NULL,
    "status" "order_status" NOT NULL DEFAULT 'CREATED',
    "goal" "order_goal" DEFAULT 'fulfil',
    "email" TEXT,
    "email_key" TEXT COLLATE "C",
    "currency" TEXT NOT NULL,
    "total" DECIMAL(19,4),
    "given_total" DECIMAL(19,4),
    "payment_token" TEXT,
    "shipping_service" TEXT,
    "request" TEXT NOT NULL,
    "reason" TEXT,
    "retry_step" "order_step",
    "attention_step" "order_step",
    "attention_code" TEXT,
    "attention_message" TEXT,
    "attention_attempts" INTEGER,
    "attention_since" TIMESTAMPTZ(3),
    "last_seq" INTEGER NOT NULL DEFAULT 0,
    "revision" INTEGER NOT NULL DEFAULT 0,
    "workflow_started_at" TIMESTAMPTZ(3),
    "created_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "orders_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "order_lines" (
    "order_id" TEXT COLLATE "C" NOT NULL,
    "number" INTEGER NOT NULL,
    "order_number" BIGINT NOT NULL,
    "sku" TEXT NOT NULL,
    "sku_key" TEXT COLLATE "C" NOT NULL,
    "quantity" INTEGER NOT NULL,
    "unit_price" DECIMAL(19,4),
    "price_given" BOOLEAN NOT NULL,
    "product_id" UUID,

    CONSTRAINT "order_lines_pkey" PRIMARY KEY ("order_id","number")
);

-- CreateTable
CREATE TABLE "reservations" (
    "order_id" TEXT COLLATE "C" NOT NULL,
    "round" INTEGER NOT NULL,
    "product_id" UUID NOT NULL,
    "sku" TEXT NOT NULL,
    "quantity" INTEGER NOT NULL,
    "status" "reservation_status" NOT NULL DEFAULT 'held',
    "held_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "moved_at" TIMESTAMPTZ(3),

    CONSTRAINT "reservations_pkey" PRIMARY KEY ("order_id","round","product_id")
);

-- CreateTable
CREATE TABLE "payments" (
    "order_id" TEXT COLLATE "C" NOT NULL,
    "round" INTEGER NOT NULL,
    "status" "payment_status" NOT NULL DEFAULT 'requested',
    "amount" DECIMAL(19,4) NOT NULL,
    "currency" TEXT NOT NULL,
    "provider" TEXT,
    "auth_id" TEXT,
    "refund_id" TEXT,
    "reason" TEXT,
    "requested_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "settled_at" TIMESTAMPTZ(3),

    CONSTRAINT "payments_pkey" PRIMARY KEY ("order_id","round")
);

-- CreateTable
CREATE TABLE "shipments" (
    "order_id" TEXT COLLATE "C" NOT NULL,
    "round" INTEGER NOT NULL,
    "status" "shipment_status" NOT NULL DEFAULT 'requested',
    "carrier" TEXT,
    "tracking_id" TEXT,
    "reason" TEXT,
    "requested_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "settled_at" TIMESTAMPTZ(3),

    CONSTRAINT "shipments_pkey" PRIMARY KEY ("order_id","round")
);

-- CreateTable
CREATE TABLE "order_events" (
    "order_id" TEXT COLLATE "C" NOT NULL,
    "seq" INTEGER NOT NULL,
    "id" UUID NOT NULL DEFAULT uuidv7(),
    "type" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "status" "order_status",
    "payload" JSONB NOT NULL,
    "causation_id" UUID,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "position" BIGSERIAL NOT NULL,
    "tx" BIGINT NOT NULL DEFAULT ((pg_current_xact_id())::text)::bigint,

    CONSTRAINT "order_events_pkey" PRIMARY KEY ("order_id","seq")
);

-- CreateTable
CREATE TABLE "moved_stock" (
    "product_id" UUID NOT NULL,
    "moved_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "moved_stock_pkey" PRIMARY KEY ("product_id")
);

-- CreateIndex
CREATE UNIQUE INDEX "orders_number_key" ON "orders"("number");

-- CreateIndex
CREATE INDEX "orders_status_number_idx" ON "orders"("status", "number");

-- CreateIndex
CREATE INDEX "orders_created_at_idx" ON "orders"("created_at");

-- CreateIndex
CREATE INDEX "orders_updated_at_idx" ON "orders"("updated_at");

-- CreateIndex
CREATE INDEX "order_lines_sku_key_order_number_idx" ON "order_lines"("sku_key", "order_number");

-- CreateIndex
CREATE INDEX "order_events_tx_position_idx" ON "order_events"("tx", "position");

-- CreateIndex
CREATE INDEX "audit_order_id_number_idx" ON "audit"("order_id", "number");

-- AddForeignKey
ALTER TABLE "order_lines" ADD CONSTRAINT "order_lines_order_id_fkey" FOREIGN KEY ("order_id") REFERENCES "orders"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "reservations" ADD CONSTRAINT "reservations_order_id_fkey" FOREIGN KEY ("order_id") REFERENCES "orders"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "payments" ADD CONSTRAINT "payments_order_id_fkey" FOREIGN KEY ("order_id") REFERENCES "orders"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "shipments" ADD CONSTRAINT "shipments_order_id_fkey" FOREIGN KEY ("order_id") REFERENCES "orders"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "order_events" ADD CONSTRAINT "order_events_order_id_fkey" FOREIGN KEY ("order_id") REFERENCES "orders"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- What Prisma's schema language can not say.

-- Never less than nothing, whatever a writer does. Less stock than is reserved is possible where somebody counted again: what
-- orders hold comes first.
ALTER TABLE "products" ADD CONSTRAINT "products_reserved" CHECK ("reserved" >= 0);
ALTER TABLE "order_lines" ADD CONSTRAINT "order_lines_quantity" CHECK ("quantity" > 0);
ALTER TABLE "reservations" ADD CONSTRAINT "reservations_quantity" CHECK ("quantity" > 0);
ALTER TABLE "orders" ADD CONSTRAINT "orders_attention"
  CHECK (num_nulls("attention_step", "attention_code", "attention_message", "attention_attempts", "attention_since") IN (0, 5));
-- One answer is waited for at a time.
CREATE UNIQUE INDEX "payments_one_open" ON "payments"("order_id") WHERE "status" IN ('requested', 'authorized');
CREATE UNIQUE INDEX "shipments_one_open" ON "shipments"("order_id") WHERE "status" = 'requested';

-- Orders of one customer, newest last. Most orders of some callers have no address.
CREATE INDEX "orders_email_key_number_idx" ON "orders"("email_key", "number") WHERE "email_key" IS NOT NULL;
-- What workflows are to bring about, and what waits for somebody: both few, whatever the number of orders.
CREATE INDEX "orders_at_work_idx" ON "orders"("number") WHERE "goal" IS NOT NULL AND "attention_step" IS NULL;
CREATE INDEX "orders_attention_idx" ON "orders"("number") WHERE "attention_step" IS NOT NULL;
-- Who holds pieces of a product.
CREATE INDEX "reservations_held_idx" ON "reservations"("product_id") WHERE "status" = 'held';
