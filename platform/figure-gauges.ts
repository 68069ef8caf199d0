import { Gauge, type Registry } from 'prom-client';
import type { DatabaseFigures, QueueFigures } from '../contracts/figures.ts';

/** Where the figures of the whole come from; each may fail. */
export interface FigureSources {
  database: () => Promise<DatabaseFigures>;
  queues: () => Promise<readonly QueueFigures[]>;
}

/** What is asked for within this time, by one scrape or by several, is asked once. */
const SAME_MS = 1_000;

type Waits = Exclude<keyof DatabaseFigures, 'jobs'>;

/** By the name of the metric: what waits, and in words. */
const WAITS: readonly [name: string, figure: Waits, help: string][] = [
  ['longshore_parked_parts', 'parkedParts', 'Parts of jobs that wait for an operator'],
  ['longshore_orders_at_work', 'ordersAtWork', 'Orders that are on their way'],
  ['longshore_orders_needing_attention', 'ordersParked', 'Orders that wait for an operator'],
  ['longshore_webhooks_pending', 'pendingDeliveries', 'Deliveries of webhooks that are on their way'],
  ['longshore_webhooks_overdue', 'overdueDeliveries', 'Deliveries of webhooks that should be made by now'],
  ['longshore_webhooks_parked', 'parkedDeliveries', 'Deliveries of webhooks that are not tried any more'],
  ['longshore_events_unannounced', 'unannouncedEvents', 'Events of which there are no deliveries yet'],
];

/**
 * Adds what holds for the whole, whichever process is asked: every API process says the same, so take the maximum over them.
 * What can't be read has no number: no number is better than an old one.
 */
export function addFigureGauges(registry: Registry, sources: FigureSources): void {
  const registers = [registry];
  const database = coalesced(sources.database);
  const queues = coalesced(sources.queues);

  new Gauge({
    name: 'longshore_figures_readable',
    help: '1 when the source of the other figures could be read, else 0.',
    labelNames: ['source'],
    registers,
    async collect() {
      this.set({ source: 'database' }, (await database()) === null ? 0 : 1);
      this.set({ source: 'temporal' }, (await queues()) === null ? 0 : 1);
    },
  });
  new Gauge({
    name: 'longshore_jobs',
    help: 'Jobs by type and status.',
    labelNames: ['type', 'status'],
    registers,
    async collect() {
      this.reset();
      for (const { count, ...labels } of (await database())?.jobs ?? []) this.set(labels, count);
    },
  });
  for (const [name, figure, help] of WAITS) {
    new Gauge({
      name,
      help: `${help}.`,
      registers,
      async collect() {
        setOrRemove(this, (await database())?.[figure].count);
      },
    });
    new Gauge({
      name: `${name}_oldest_seconds`,
      help: `${help}: for how long the first of them has waited; 0 where there is none.`,
      registers,
      async collect() {
        setOrRemove(this, (await database())?.[figure].oldestSeconds);
      },
    });
  }
  const queueGauge = (name: string, help: string, read: (figures: QueueFigures) => number): void => {
    new Gauge({
      name,
      help,
      labelNames: ['queue', 'type'],
      registers,
      async collect() {
        this.reset();
        for (const found of (await queues()) ?? [])
          this.set({ queue: found.queue, type: found.type }, read(found));
      },
    });
  };
  queueGauge(
    'longshore_task_queue_backlog',
    'Tasks that wait for a worker, about.',
    ({ backlog }) => backlog,
  );
  queueGauge(
    'longshore_task_queue_backlog_oldest_seconds',
    'For how long the first of them has waited.',
    ({ backlogSeconds }) => backlogSeconds,
  );
  queueGauge(
    'longshore_task_queue_pollers',
    'Workers that have asked for tasks within the last minutes.',
    ({ pollers }) => pollers,
  );
}

/** One without labels stays at 0 unless it is removed. */
function setOrRemove(gauge: Gauge, value: number | undefined): void {
  if (value === undefined) gauge.remove();
  else gauge.set(value);
}

/** @returns null where it fails */
function coalesced<T>(read: () => Promise<T>): () => Promise<T | null> {
  let latest: Promise<T | null> | undefined;
  let at = -Infinity;
  return () => {
    if (latest === undefined || performance.now() - at > SAME_MS) {
      at = performance.now();
      latest = read().catch(() => null);
    }
    return latest;
  };
}
