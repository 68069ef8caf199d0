import { queryClient } from '../client/query-client.ts';
import type { Webhook } from './words.ts';

/** The keys under which endpoints are kept in the browser. */
export const keys = {
  list: () => ['webhooks'],
  webhook: (id: string) => ['webhook', id],
  deliveries: (id: string, ...filter: unknown[]) => ['deliveries', id, ...filter],
};

/** Shows an endpoint that was written. A secret is not kept. */
export function putWebhook({ id, ...rest }: Webhook): void {
  const shown: Webhook & { secret?: string } = { id, ...rest };
  delete shown.secret;
  queryClient.setQueryData(keys.webhook(id), shown);
  void queryClient.invalidateQueries({ queryKey: keys.list() });
}

export function readDeliveriesAnew(id: string): void {
  void queryClient.invalidateQueries({ queryKey: keys.deliveries(id) });
}
