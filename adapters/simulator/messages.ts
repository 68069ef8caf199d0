import { z } from 'zod';

/** What goes over the line between the simulator's server and those who ask it. */

const text = z.string().min(1).max(500);

export const paymentRequestSchema = z.strictObject({
  key: text,
  orderId: text,
  amount: z.string().regex(/^\d+(?:\.\d+)?$/),
  currency: z.string().regex(/^[A-Z]{3}$/),
  token: z.string().max(500).nullable(),
  requestedAt: z.string(),
});

export const paymentUndoSchema = z.strictObject({
  key: text,
  refundKey: text,
  orderId: text,
  authId: text.nullable(),
  amount: z.string(),
  currency: z.string(),
  token: z.string().max(500).nullable(),
  requestedAt: z.string(),
});

export const shipmentRequestSchema = z.strictObject({
  key: text,
  orderId: text,
  service: z.string().max(500).nullable(),
  items: z.array(z.strictObject({ sku: text, qty: z.int().min(1) })).min(1),
});

export const recallSchema = z.strictObject({
  key: text,
  orderId: text,
  service: z.string().max(500).nullable(),
});

export const paymentAnswerSchema = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.literal('authorized'), authId: text }),
  z.object({ outcome: z.literal('declined'), reason: text }),
]);

export const paymentUndoneSchema = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.literal('refunded'), refundId: text }),
  z.object({ outcome: z.literal('never_happened') }),
]);

export const shipmentAnswerSchema = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.literal('shipped'), carrier: text, trackingId: text }),
  z.object({ outcome: z.literal('refused'), reason: text }),
]);

export const shipmentRecalledSchema = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.literal(['recalled', 'never_happened']) }),
  z.object({ outcome: z.literal('too_late'), carrier: text, trackingId: text }),
]);
