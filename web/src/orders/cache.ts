import { queryClient } from '../client/query-client.ts';
import type { Order } from './words.ts';

/** The keys under which orders are kept in the browser; what the stream tells is put under them (client/live-cache.ts). */
export const keys = {
  list: (...filter: unknown[]) => ['orders', ...filter],
  column: (status: string) => ['order-column', status],
  order: (id: string) => ['order', id],
  audit: (id: string) => ['order', id, 'audit'],
};

/** An order was changed from here: whatever shows it is read again. */
export function readOrderAnew({ id, status }: Pick<Order, 'id' | 'status'>): void {
  void queryClient.invalidateQueries({ queryKey: keys.order(id) });
  void queryClient.invalidateQueries({ queryKey: keys.column(status) });
  void queryClient.resetQueries({ queryKey: keys.list() });
}
