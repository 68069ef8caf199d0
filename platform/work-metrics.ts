import { createServer } from 'node:net';
import { collectDefaultMetrics, Counter, Histogram, Registry } from 'prom-client';
import type { DeliveryError } from '../contracts/errors.ts';
import type { JobType, OrderStep, Outcome, ImportKind } from '../contracts/words.ts';
import { createOrderEventMetrics, type OrderService } from './order-event-metrics.ts';

/**
 * What the workers of this process measure. One registry for all of them, as there is one process to be asked. Labels have few
 * values and never anything personal.
 */
export const workRegistry = new Registry();

const registers = [workRegistry];

/** `result`: `ok`, `cancelled`, or the code of the failure. */
const activitySeconds = new Histogram({
  name: 'longshore_activity_duration_seconds',
  help: 'Attempts of activities, by what became of them.',
  labelNames: ['activity', 'result'] as const,
  // From a statement to a file of gigabytes.
  buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
  registers,
});

const rowsStaged = new Counter({
  name: 'longshore_rows_staged_total',
  help: 'Records parsed and staged: pending ones go on to be applied.',
  labelNames: ['kind', 'outcome'] as const,
  registers,
});

const rowsApplied = new Counter({
  name: 'longshore_rows_applied_total',
  help: 'Rows whose outcome was decided by changing records, or by finding nothing to change; dry runs are left out.',
  labelNames: ['type', 'kind', 'outcome'] as const,
  registers,
});

/** `result`: `done`, `refused` by the warehouse, the payment provider or the carrier, or `error`: no answer. */
const orderStepSeconds = new Histogram({
  name: 'longshore_order_step_duration_seconds',
  help: 'Attempts of the steps of orders.',
  labelNames: ['step', 'result'] as const,
  buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
  registers,
});

const webhookAttemptSeconds = new Histogram({
  name: 'longshore_webhook_attempt_duration_seconds',
  help: 'Attempts to deliver a webhook: delivered, or why not.',
  labelNames: ['result'] as const,
  buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 30, 60],
  registers,
});

const { eventsProcessed, eventSeconds } = createOrderEventMetrics(workRegistry);

type Counts = Partial<Record<Outcome, number>>;

/** Counts the rows of a chunk that was staged. Call it once they are committed. */
export function countStaged(kind: ImportKind, counts: Counts): void {
  for (const [outcome, rows] of Object.entries(counts)) rowsStaged.inc({ kind, outcome }, rows);
}

/** Counts the rows of a chunk that was applied. Call it once they are committed. */
export function countApplied(type: JobType, kind: ImportKind, counts: Counts): void {
  for (const [outcome, rows] of Object.entries(counts)) rowsApplied.inc({ type, kind, outcome }, rows);
}

/** Counts an attempt to deliver a webhook. */
export function observeDelivery(latencyMs: number, error: DeliveryError | null): void {
  webhookAttemptSeconds.observe({ result: error ?? 'delivered' }, latencyMs / 1000);
}

/** Counts an attempt of an activity: `ok`, `cancelled`, or the code of its failure. */
export function observeActivity(activity: string, result: string, seconds: number): void {
  activitySeconds.observe({ activity, result }, seconds);
}

/** Counts an attempt of a step of an order. */
export function observeStep(step: OrderStep, result: 'done' | 'refused' | 'error', seconds: number): void {
  orderStepSeconds.observe({ step, result }, seconds);
}

/** Counts an event of an order, for which one of its services has worked for so long. */
export function observeOrderEvent(
  labels: { service: OrderService; eventType: string },
  status: 'success' | 'error' | 'dead_letter',
  seconds: number | null,
): void {
  eventsProcessed.inc({ ...labels, status });
  if (seconds !== null) eventSeconds.observe(labels, seconds);
}

/** What a worker process answers on /metrics. */
export interface WorkMetrics {
  contentType: string;
  read: () => Promise<string>;
}

/**
 * All that a worker process knows of itself: the above, the process, and what Temporal's SDK measures.
 *
 * @param sdkAddress where the SDK serves its own, as host:port
 */
export function createWorkMetrics(sdkAddress: string): WorkMetrics {
  collectDefaultMetrics({ register: workRegistry });
  return {
    contentType: workRegistry.contentType,
    async read() {
      const [ours, sdk] = await Promise.all([workRegistry.metrics(), readSdk(sdkAddress)]);
      return `${ours}${sdk}`;
    },
  };
}

/** Ours are better alone than not at all. */
async function readSdk(address: string): Promise<string> {
  try {
    const response = await fetch(`http://${address}/metrics`, { signal: AbortSignal.timeout(2_000) });
    return response.ok ? await response.text() : '';
  } catch {
    return '';
  }
}

/** @returns an address of this machine, as host:port, on which nobody listens at the moment */
export async function freeLocalAddress(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('there is no free port');
  return `127.0.0.1:${String(address.port)}`;
}
