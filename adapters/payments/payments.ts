/**
 * The port to whoever moves the money. A provider is one file beside this one.
 *
 * Requests come with keys. The same request under the same key has one effect, however often it comes and whatever happened to
 * the answers: it is answered as the first one was. So a request whose outcome is unknown is simply made again.
 */
export interface Payments {
  /** Name of the provider, kept with each payment. */
  readonly provider: string;
  /**
   * Has an amount authorised for an order.
   *
   * @throws {ProviderError} when there is no answer; the payment may have been made all the same
   */
  authorise(request: PaymentRequest): Promise<Authorisation>;
  /**
   * Gives back what was authorised under a key, all of it. A payment that was never made stays unmade, as far as the provider
   * can: a request under its key that is still on its way does not succeed later.
   *
   * @throws {ProviderError} when there is no answer
   */
  undo(request: PaymentUndoRequest): Promise<PaymentUndone>;
  /** Rejects when the provider can't be used. */
  check(): Promise<void>;
}

export interface PaymentRequest {
  /** Of order, step and round. */
  key: string;
  orderId: string;
  /** A decimal such as `19.90`, more than 0. */
  amount: string;
  /** ISO 4217. */
  currency: string;
  /** What the caller of the order gave to pay with; null when it gave nothing. */
  token: string | null;
  /** When the payment was written down, before it was asked for the first time. ISO 8601. */
  requestedAt: string;
}

export type Authorisation =
  { outcome: 'authorized'; authId: string } | { outcome: 'declined'; reason: string };

export interface PaymentUndoRequest {
  /** Key of the payment. */
  key: string;
  /** Key of this request. */
  refundKey: string;
  orderId: string;
  /** What the provider called the payment; null when that is not known. */
  authId: string | null;
  amount: string;
  currency: string;
  token: string | null;
  /** When the payment was written down, before it was asked for the first time. ISO 8601. */
  requestedAt: string;
}

export type PaymentUndone = { outcome: 'refunded'; refundId: string } | { outcome: 'never_happened' };
