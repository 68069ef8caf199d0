import type { RecallRequest, ShipmentRequest } from '../../adapters/carriers/carrier.ts';
import type { PaymentRequest, PaymentUndoRequest } from '../../adapters/payments/payments.ts';

/** A payment of order `order-1`. */
export function paymentOf(changes: Partial<PaymentRequest> = {}): PaymentRequest {
  return {
    key: 'order-1:payment:1',
    orderId: 'order-1',
    amount: '20.00',
    currency: 'EUR',
    token: null,
    requestedAt: '2026-11-21T07:00:00.000Z',
    ...changes,
  };
}

/** The undo of {@link paymentOf}. */
export function undoOf(changes: Partial<PaymentUndoRequest> = {}): PaymentUndoRequest {
  return { ...paymentOf(), refundKey: 'order-1:payment:1:refund', authId: null, ...changes };
}

/** A shipment of order `order-1`. */
export function shipmentOf(changes: Partial<ShipmentRequest> = {}): ShipmentRequest {
  return {
    key: 'order-1:shipping:1',
    orderId: 'order-1',
    service: null,
    items: [{ sku: 'SKU-1', qty: 2 }],
    ...changes,
  };
}

/** The recall of {@link shipmentOf}. */
export function recallOf(changes: Partial<RecallRequest> = {}): RecallRequest {
  return { key: 'order-1:shipping:1', orderId: 'order-1', service: null, ...changes };
}

/** Settings by which a stack asks the simulators behind HTTP. */
export function simulatorSettings(url: string, timeoutMs: number): Record<string, string> {
  return {
    PAYMENTS_PROVIDER: 'simulator-http',
    PAYMENTS_URL: url,
    PAYMENTS_TIMEOUT_MS: String(timeoutMs),
    CARRIER_PROVIDER: 'simulator-http',
    CARRIER_URL: url,
    CARRIER_TIMEOUT_MS: String(timeoutMs),
  };
}
