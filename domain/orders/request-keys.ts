/**
 * Keys of the requests to providers: of order, step and round, never of an attempt. A colon is no character of an order's id,
 * so two orders never share one.
 */
export const requestKeys = {
  payment: (orderId: string, round: number): string => `${orderId}:payment:${String(round)}`,
  refund: (orderId: string, round: number): string => `${orderId}:refund:${String(round)}`,
  shipping: (orderId: string, round: number): string => `${orderId}:shipping:${String(round)}`,
};
