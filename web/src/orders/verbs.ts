type ForwardStep = 'inventory' | 'payment' | 'shipping';

/** What can be asked of an order. */
export type OrderAction =
  | { verb: 'retry'; step?: ForwardStep }
  | { verb: 'compensate'; action: 'refundPayment' | 'releaseInventory' }
  | { verb: 'cancel' };

/** What of an order decides that. */
interface OrderState {
  status: string;
  isAtWork: boolean;
  isBeingUndone: boolean;
  attention: { step: string } | null;
  payment: { status: string } | null;
  shipment: { status: string } | null;
  items: readonly { reserved: boolean }[];
}

const RETRYABLE: Readonly<Record<string, readonly ForwardStep[]>> = {
  INVENTORY_FAILED: ['inventory'],
  PAYMENT_FAILED: ['payment'],
  SHIPPING_FAILED: ['shipping', 'payment'],
  REFUNDED: ['shipping', 'payment'],
};

/**
 * What an order's state leaves to be asked of it. The API judges; this only spares one the buttons that it would refuse.
 *
 * @returns the most likely first
 */
export function actionsOf(order: OrderState): OrderAction[] {
  const { status, isAtWork, isBeingUndone, attention, items } = order;
  const payment = order.payment?.status;
  const hasShipped = order.shipment?.status === 'shipped';
  const isParked = isAtWork && attention !== null;
  const actions: OrderAction[] = [];
  if (isParked) actions.push({ verb: 'retry' });
  else if (!isAtWork && !hasShipped)
    for (const step of RETRYABLE[status] ?? []) actions.push({ verb: 'retry', step });

  const isQuiet = !isAtWork || isParked;
  if (payment === 'authorized' && isQuiet) actions.push({ verb: 'compensate', action: 'refundPayment' });
  const holds = items.some(({ reserved }) => reserved);
  if (payment !== 'authorized' && holds && isQuiet && !hasShipped)
    actions.push({ verb: 'compensate', action: 'releaseInventory' });

  const isOver = hasShipped || status === 'CANCELLED' || (status === 'REFUNDED' && !isAtWork);
  if (!isOver && !isBeingUndone) actions.push({ verb: 'cancel' });
  return actions;
}
