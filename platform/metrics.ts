import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { addFigureGauges, type FigureSources } from './figure-gauges.ts';
import { createOrderEventMetrics, type OrderEventMetrics } from './order-event-metrics.ts';

/** What the API measures, for Prometheus. Labels have few values and never anything personal. */
export interface Metrics {
  registry: Registry;
  httpRequestSeconds: Histogram<'method' | 'route' | 'status'>;
  openStreams: Gauge;
  workflowStarts: Counter<'result'>;
  eventsProcessed: OrderEventMetrics['eventsProcessed'];
}

/**
 * Metrics of the API: of its own process, and of the whole.
 *
 * @param sources asked at each scrape; where one fails, the scrape goes on without its numbers
 */
export function createApiMetrics(sources: FigureSources): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  addFigureGauges(registry, sources);
  const { eventsProcessed } = createOrderEventMetrics(registry);

  return {
    registry,
    eventsProcessed,
    httpRequestSeconds: new Histogram({
      name: 'http_request_duration_seconds',
      help: 'Time to answer, by declared route; streams are left out.',
      labelNames: ['method', 'route', 'status'],
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60],
      registers: [registry],
    }),
    openStreams: new Gauge({
      name: 'longshore_open_streams',
      help: 'Live streams with a client at the other end.',
      registers: [registry],
    }),
    workflowStarts: new Counter({
      name: 'longshore_workflow_starts_total',
      help: 'Workflows started for accepted jobs and orders; deferred ones are started later by the schedule.',
      labelNames: ['result'],
      registers: [registry],
    }),
  };
}
