import type { Schemas } from '../client/api.ts';
import { nameOf } from '../jobs/words.ts';

/** Something that waits for an operator. */
export type WaitingItem = Schemas['Attention'] | Schemas['OrderAttention'] | Schemas['WebhookAttention'];

/** @returns what tells it from all others; an order may have the id of a job */
export function keyOf(item: WaitingItem): string {
  if ('job' in item) return `job ${item.job.id}`;
  return 'order' in item ? `order ${item.order.id}` : `webhook ${item.webhook.id}`;
}

/** What it is called in a list, why it waits, and where it is shown; null where the reader may not see it. */
export function summaryOf(item: WaitingItem): { name: string; why: string; to: string } {
  if ('job' in item) {
    const { job, parked } = item;
    return {
      name: nameOf(job),
      why: parked[0]?.message ?? job.failure?.message ?? '',
      to: `/jobs/${job.id}`,
    };
  }
  if ('order' in item) {
    const { order } = item;
    return {
      name: `Order ${order.id}`,
      why: order.attention?.error.message ?? '',
      to: `/orders/${order.id}`,
    };
  }
  const { webhook, deliveries } = item;
  const count = deliveries.parked === 1 ? '1 delivery' : `${String(deliveries.parked)} deliveries`;
  return {
    name: webhook.description ?? webhook.url ?? 'Webhook endpoint',
    why: `${count} gave up.`,
    to: '/attention',
  };
}
