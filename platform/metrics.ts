import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { JOB_STATUSES, type JobStatus } from '../contracts/words.ts';

/** What a process measures about itself, for Prometheus. Labels have few values and never anything personal. */
export interface Metrics {
  registry: Registry;
  httpRequestSeconds: Histogram<'method' | 'route' | 'status'>;
  openStreams: Gauge;
  workflowStarts: Counter<'result'>;
}

/**
 * Metrics of the API.
 *
 * @param countJobs asked at each scrape; when it fails, the scrape goes on without the numbers of jobs
 */
export function createApiMetrics(countJobs: () => Promise<ReadonlyMap<JobStatus, number>>): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });

  new Gauge({
    name: 'longshore_jobs',
    help: 'Jobs by status.',
    labelNames: ['status'],
    registers: [registry],
    async collect() {
      this.reset();
      let counts: ReadonlyMap<JobStatus, number>;
      try {
        counts = await countJobs();
      } catch {
        // No number is better than an old one; that the database is away is seen in /health/ready.
        return;
      }
      for (const status of JOB_STATUSES) this.set({ status }, counts.get(status) ?? 0);
    },
  });

  return {
    registry,
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
      help: 'Workflows started for accepted jobs; deferred ones are started later by the schedule.',
      labelNames: ['result'],
      registers: [registry],
    }),
  };
}
