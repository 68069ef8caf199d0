import type { OrderJson, TimelineEntryJson } from '../../contracts/http/order.ts';
import { orderWorkflowId } from '../../contracts/temporal/ids.ts';
import { formatMoney } from '../../domain/values/decimal.ts';
import type { OrderEventRow, OrderSnapshot } from '../../prisma/repositories/orders.ts';
import { viewWorkflow, type WorkflowLinks } from './job-view.ts';

/** An order as the API shows it. */
export function viewOrder(order: OrderSnapshot, workflows: WorkflowLinks): OrderJson {
  const { id, goal, total, payment, attention, lines } = order;
  const self = `/api/orders/${id}`;
  const workflow = viewWorkflow(orderWorkflowId(id), workflows);
  return {
    id,
    orderId: id,
    status: order.status,
    isAtWork: goal !== null,
    isBeingUndone: goal === 'undo' || goal === 'cancel',
    email: order.email,
    currency: order.currency,
    total: total && formatMoney(total),
    items: lines.map(({ line, sku, quantity, unitPrice, reservation }) => ({
      line,
      sku,
      qty: quantity,
      unitPrice: unitPrice && formatMoney(unitPrice),
      reserved: reservation === 'held',
    })),
    payment: payment && { ...payment, amount: formatMoney(payment.amount) },
    shipment: order.shipment,
    attention: attention && {
      step: attention.step,
      error: { code: attention.code, message: attention.message },
      attempts: attention.attempts,
      since: attention.since.toISOString(),
    },
    reason: order.reason,
    createdBy: order.createdBy,
    createdAt: order.createdAt.toISOString(),
    updatedAt: order.updatedAt.toISOString(),
    workflow,
    links: {
      self,
      stream: `${self}/stream`,
      ...(workflow.url === null ? {} : { workflow: workflow.url }),
    },
  };
}

/** An entry of a timeline as the API shows it. */
export function viewTimelineEntry({
  id,
  seq,
  type,
  version,
  at,
  status,
  payload,
}: OrderEventRow): TimelineEntryJson {
  return { id, seq, type, version, at: at.toISOString(), status, details: { ...payload } };
}
