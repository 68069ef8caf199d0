import { Counter, Histogram, type Registry } from 'prom-client';

/** Whose part of an order something is, as an older system had it: a process each. */
export type OrderService = 'order' | 'inventory' | 'payment' | 'shipping';

/** The metrics of orders by the names that an older system had for them, and that its dashboards ask for (docs/legacy.md). */
export interface OrderEventMetrics {
  eventsProcessed: Counter<'service' | 'eventType' | 'status'>;
  eventSeconds: Histogram<'service' | 'eventType'>;
}

export function createOrderEventMetrics(registry: Registry): OrderEventMetrics {
  const registers = [registry];
  return {
    eventsProcessed: new Counter({
      name: 'events_processed_total',
      help: 'Events of orders, by the service whose part it was; status: success, error or dead_letter.',
      labelNames: ['service', 'eventType', 'status'],
      registers,
    }),
    eventSeconds: new Histogram({
      name: 'event_processing_duration_seconds',
      help: 'Time that was worked for an event of an order.',
      labelNames: ['service', 'eventType'],
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers,
    }),
  };
}
