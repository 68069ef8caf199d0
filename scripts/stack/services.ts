/** A process of ours that belongs to the stack. */
export interface Service {
  /** What people call it. */
  name: string;
  /** Name of its log, and of this service in notes. */
  id: string;
  /** From the checkout. */
  entry: string;
  /** `api`: listens on PORT, which is the stack's own. `worker`: answers on READINESS_PORT, which is any. */
  role: 'api' | 'worker';
  /** Has to end within this after SIGTERM; longer than the process itself gives its work in hand. */
  stopMs: number;
}

/** Everything that the stack starts, in no order: all start at once. The API stops before the workers. */
export const SERVICES: readonly Service[] = [
  { id: 'workflows', name: 'workflow worker', entry: 'workers/workflows.ts', role: 'worker', stopMs: 30_000 },
  { id: 'parse', name: 'parse worker', entry: 'workers/parse.ts', role: 'worker', stopMs: 30_000 },
  { id: 'apply', name: 'apply worker', entry: 'workers/apply.ts', role: 'worker', stopMs: 30_000 },
  { id: 'orders', name: 'orders worker', entry: 'workers/orders.ts', role: 'worker', stopMs: 30_000 },
  { id: 'webhooks', name: 'webhooks worker', entry: 'workers/webhooks.ts', role: 'worker', stopMs: 30_000 },
  { id: 'api', name: 'API', entry: 'api/main.ts', role: 'api', stopMs: 15_000 },
];

/** Several of each of these. The second of a kind is called `parse-2`, and so on. */
export function severalOf(services: readonly Service[], count: number): Service[] {
  return services.flatMap((service) =>
    Array.from({ length: count }, (_, index) =>
      index === 0
        ? service
        : { ...service, id: `${service.id}-${index + 1}`, name: `${service.name} ${index + 1}` },
    ),
  );
}
