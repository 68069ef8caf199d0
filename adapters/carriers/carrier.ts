/**
 * The port to whoever moves the goods. Keys as with payments: the same request under the same key has one effect, and is
 * answered as the first one was.
 */
export interface Carrier {
  /**
   * Hands the goods of an order over.
   *
   * @throws {ProviderError} when there is no answer; they may be on their way all the same
   */
  ship(request: ShipmentRequest): Promise<ShipmentAnswer>;
  /**
   * Takes a shipment back that was asked for under a key. One that was never made stays unmade, as far as the carrier can.
   *
   * @throws {ProviderError} when there is no answer
   */
  recall(request: RecallRequest): Promise<RecallAnswer>;
  /** Rejects when the carrier can't be used. */
  check(): Promise<void>;
}

export interface ShipmentRequest {
  /** Of order, step and round. */
  key: string;
  orderId: string;
  /** How the caller of the order wants it shipped; null when it did not say. */
  service: string | null;
  items: { sku: string; qty: number }[];
}

export type ShipmentAnswer =
  { outcome: 'shipped'; carrier: string; trackingId: string } | { outcome: 'refused'; reason: string };

export interface RecallRequest {
  /** Key of the shipment. */
  key: string;
  orderId: string;
  service: string | null;
}

export type RecallAnswer =
  | { outcome: 'recalled' }
  | { outcome: 'never_happened' }
  /** It is on its way and does not come back. */
  | { outcome: 'too_late'; carrier: string; trackingId: string };
