import { setTimeout as delay } from 'node:timers/promises';
import { createTemporalClient } from '../platform/temporal-connection.ts';
import { jobWorkflowId } from '../contracts/temporal/ids.ts';
import type { Job } from '../contracts/http/job.ts';
import { isEnded, type JobStatus, type RecordKind, type Stage } from '../contracts/words.ts';
import type { ApiClient } from '../scripts/lib/api-client.ts';
import { within } from '../scripts/stack/processes.ts';
import type { Stack } from '../scripts/stack/stack.ts';
import pg from 'pg';

/** One import, measured. */
export interface ImportRun {
  /** From the first byte of the POST to `completed`. */
  seconds: number;
  /** The same, by what the job was busy with. */
  stageSeconds: Record<string, number>;
  historyEvents: number;
  counts: Job['counts'];
}

/** Longer than any import that is worth measuring. */
const DEADLINE_MS = 30 * 60_000;
/** A job from which nothing is heard for so long is looked at all the same. */
const SAFETY_LOOK_MS = 5_000;
const INDEX_LOOK_MS = 200;

/**
 * Uploads a file as any client does, and waits for the end of its job.
 * The end is heard from the database, at the moment of its commit: asking the API over and over would take time from those
 * that are being measured, and asking it seldom would be late.
 *
 * @throws {Error} when the job does not complete
 */
export async function runImport(
  stack: Stack,
  api: ApiClient,
  file: string,
  kind: RecordKind = 'products',
): Promise<ImportRun> {
  const listener = new pg.Client({ connectionString: stack.databaseUrl, application_name: 'bench-listener' });
  await listener.connect();
  try {
    await listener.query('LISTEN longshore_jobs');
    const startedAt = Date.now();
    const started = performance.now();
    const { id } = await api.upload(file, kind);
    const stages: [stage: string, beganAt: number][] = [['upload', startedAt]];
    const end = await untilEnded(listener, id, (stage, beganAt) => stages.push([stage, beganAt]));
    const seconds = (performance.now() - started) / 1000;
    if (end !== 'completed') throw new Error(`the import ended as ${end} instead of completed`);
    const { counts } = await api.get<Job>(`/api/jobs/${id}`);
    const stageSeconds: Record<string, number> = {};
    for (const [index, [stage, beganAt]] of stages.entries()) {
      stageSeconds[stage] = ((stages[index + 1]?.[1] ?? startedAt + seconds * 1000) - beganAt) / 1000;
    }
    return { seconds, stageSeconds, counts, historyEvents: await historyLength(stack, id) };
  } finally {
    await listener.end();
  }
}

/** Calls back once for each stage, when it began. A stage of a few milliseconds may pass unseen. */
async function untilEnded(
  listener: pg.Client,
  jobId: string,
  onStage: (stage: Stage, beganAt: number) => void,
): Promise<JobStatus> {
  // Once by itself, for what happened before the job's id was known here.
  let hear = (): void => undefined;
  let heard = Promise.resolve();
  listener.on('notification', ({ payload }) => {
    if (payload === jobId) hear();
  });
  const deadline = Date.now() + DEADLINE_MS;
  for (let seen: Stage | null = null; Date.now() < deadline;) {
    await within(heard, SAFETY_LOOK_MS);
    heard = new Promise((resolve) => {
      hear = resolve;
    });
    // Not the times that the database keeps: those are of the beginning of the transaction that wrote them.
    const heardAt = Date.now();
    const { rows } = await listener.query<{ status: JobStatus; stage: Stage | null }>(
      'SELECT status, stage FROM jobs WHERE id = $1',
      [jobId],
    );
    const [job] = rows;
    if (job === undefined) throw new Error(`there is no job ${jobId}`);
    if (job.stage !== null && job.stage !== seen) {
      seen = job.stage;
      onStage(job.stage, heardAt);
    }
    if (isEnded(job.status) || job.status === 'needs_attention') return job.status;
  }
  throw new Error('the import did not end');
}

async function historyLength(stack: Stack, jobId: string): Promise<number> {
  const client = createTemporalClient({
    TEMPORAL_ADDRESS: stack.temporalAddress,
    TEMPORAL_NAMESPACE: stack.temporalNamespace,
  });
  try {
    const handle = client.workflow.getHandle(jobWorkflowId({ id: jobId, type: 'import' }));
    // The job's row is complete a moment before its workflow is.
    await handle.result();
    return (await handle.describe()).historyLength;
  } finally {
    await client.connection.close();
  }
}

/**
 * Waits until what imports wrote is in the search tables, which goes on behind them.
 *
 * @returns seconds
 */
export async function untilIndexed(stack: Stack): Promise<number> {
  const client = new pg.Client({ connectionString: stack.databaseUrl, application_name: 'bench-index' });
  await client.connect();
  try {
    const started = performance.now();
    const hasEnded = async (): Promise<boolean> =>
      (await client.query('SELECT FROM chunks WHERE applied_at IS NOT NULL AND indexed_at IS NULL LIMIT 1'))
        .rowCount === 0;
    while (!(await hasEnded())) {
      if (performance.now() - started > DEADLINE_MS) throw new Error('the search tables are not filled');
      await delay(INDEX_LOOK_MS);
    }
    const seconds = (performance.now() - started) / 1000;
    // The statistics come last.
    await client.query('ANALYZE products_search');
    return seconds;
  } finally {
    await client.end();
  }
}
