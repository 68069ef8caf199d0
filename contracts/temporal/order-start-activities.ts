/** On the `orders` queue: where nobody works on orders, none is started. */
export interface OrderStartActivities {
  /**
   * Starts orders of files that wait for it, in the order of their numbers and never more than are to be at work at a time, for a
   * while. What was taken out of the queue by an attempt that died is started first.
   * @returns whether more are waiting
   */
  startQueuedOrders: () => Promise<{ started: number; more: boolean }>;
}
