import { JOB_STATUSES, JOB_TYPES, type JobStatus, type JobType } from '../../contracts/words.ts';
import type { DatabaseFigures, Waiting } from '../../contracts/figures.ts';
import type { Database } from '../client.ts';

type Name = Exclude<keyof DatabaseFigures, 'jobs'>;

/**
 * What of each is counted, and since when it waits. All but parked_parts, which is small, by the partial index named.
 */
const WAITING: Readonly<Record<Name, { since: string; from: string }>> = {
  parkedParts: { since: 'parked_at', from: 'parked_parts WHERE released_at IS NULL' },
  // orders_at_work_idx
  ordersAtWork: {
    since: 'created_at',
    from: 'orders WHERE goal IS NOT NULL AND attention_step IS NULL AND NOT queued',
  },
  // orders_attention_since_idx
  ordersParked: {
    since: 'coalesce(attention_since, failing_since)',
    from: 'orders WHERE attention_step IS NOT NULL OR failing_step IS NOT NULL',
  },
  // webhook_deliveries_due
  pendingDeliveries: { since: 'created_at', from: `webhook_deliveries WHERE status = 'pending'` },
  // The same. Nothing is sent to an endpoint that is switched off, or before the time that it asked for.
  overdueDeliveries: {
    since: 'greatest(next_try_at, held_until)',
    from: `webhook_deliveries JOIN webhook_endpoints e ON e.id = endpoint_id
            WHERE status = 'pending' AND next_try_at <= now() AND e.active AND (held_until IS NULL OR held_until <= now())`,
  },
  // webhook_deliveries_parked
  parkedDeliveries: { since: 'ended_at', from: `webhook_deliveries WHERE status = 'failed'` },
  // events_unannounced
  unannouncedEvents: { since: 'created_at', from: 'events WHERE announced_at IS NULL' },
};

const NAMES = Object.keys(WAITING) as Name[];

const WAITING_STATEMENT = NAMES.map((name) => {
  const { since, from } = WAITING[name];
  return `SELECT '${name}' AS name, count(*)::int AS count,
                 greatest(coalesce(extract(epoch FROM now() - min(${since})), 0), 0)::float8 AS "oldestSeconds" FROM ${from}`;
}).join('\nUNION ALL\n');

/** Counts what operators watch. Some milliseconds, and more only where very much waits. */
export async function readFigures({ pool }: Pick<Database, 'pool'>): Promise<DatabaseFigures> {
  const [jobs, waiting] = await Promise.all([
    pool.query<{ type: JobType; status: JobStatus; count: number }>(
      'SELECT type, status, count(*)::int AS count FROM jobs GROUP BY type, status',
    ),
    pool.query<Waiting & { name: Name }>(WAITING_STATEMENT),
  ]);
  const counted = new Map(jobs.rows.map(({ type, status, count }) => [`${type} ${status}`, count]));
  const figures = Object.fromEntries(
    waiting.rows.map(({ name, count, oldestSeconds }) => [name, { count, oldestSeconds }]),
  ) as Record<Name, Waiting>;
  return {
    ...figures,
    jobs: JOB_TYPES.flatMap((type) =>
      JOB_STATUSES.map((status) => ({ type, status, count: counted.get(`${type} ${status}`) ?? 0 })),
    ),
  };
}
