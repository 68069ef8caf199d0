import type { Client, WorkflowHandle } from '@temporalio/client';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Job } from '../../contracts/http/job.ts';
import { jobWorkflowId } from '../../contracts/temporal/ids.ts';
import { createTemporalClient } from '../../platform/temporal-connection.ts';
import { csv } from '../support/csv.ts';
import { holdCustomers } from '../support/hold.ts';
import { seededRandom } from '../support/random.ts';
import { type StackUnderTest, startStackUnderTest } from '../support/stack-under-test.ts';
import { until } from '../support/until.ts';

/** As few events as are allowed before a workflow goes on as a new run: it does so every few chunks. */
const MAX_EVENTS = 50;
const CHUNK_ROWS = 5;
const CHUNKS = 60;
const SEED = Number(process.env.FAULT_SEED ?? Date.now() % 1_000_000);

let under: StackUnderTest;
let temporal: Client;
beforeAll(async () => {
  under = await startStackUnderTest({
    postgresSettings: { fsync: 'off' },
    env: { IMPORT_CHUNK_ROWS: String(CHUNK_ROWS), IMPORT_MAX_HISTORY_EVENTS: String(MAX_EVENTS) },
  });
  temporal = createTemporalClient({
    TEMPORAL_ADDRESS: under.stack.temporalAddress,
    TEMPORAL_NAMESPACE: under.stack.temporalNamespace,
  });
}, 240_000);
afterAll(async () => {
  await temporal.connection.close();
  await under.stop();
});

test(`signals sent while an import goes on as run after run: none is lost, none has two effects (seed ${SEED})`, async () => {
  const random = seededRandom(SEED);
  const emails = Array.from({ length: CHUNKS * CHUNK_ROWS }, (_, row) => `c${row}@runs.example`);
  // The job can't end before all signals have taken effect.
  const release = await holdCustomers(under.db, [emails.at(-1)!]);
  const job = await under.post(
    csv('email,name,company', ...emails.map((email) => `${email},Ann,Acme`)),
    'customers',
  );
  const handle = temporal.workflow.getHandle(jobWorkflowId(job));
  const appliedChunks = async (): Promise<number> =>
    ((await (await under.get(`/api/jobs/${job.id}`)).json()) as Job).counts.created! / CHUNK_ROWS;

  const sent: { action: string; id: string | undefined }[] = [];
  const send = async (action: 'pause' | 'resume'): Promise<void> => {
    // Half of them as an operator sends them by hand, without an id.
    const id = random() < 0.5 ? uuidv7() : undefined;
    sent.push({ action, id });
    await handle.signal(action, id === undefined ? undefined : { id, by: 'grace' });
  };
  let runs = 0;
  // All but the last two chunks, of which one is held.
  while ((await appliedChunks()) < CHUNKS - 2) {
    await nearTheEndOfARun(handle, random, async () => (await appliedChunks()) >= CHUNKS - 2);
    await send('pause');
    if (random() < 0.5) await until(async () => (await countActions(job)) === sent.length);
    await send('resume');
    runs += 1;
  }
  // A resume that comes once all is done has no effect, and is none that was lost.
  await until(async () => (await countActions(job)) === sent.length);
  await release();
  const ended = await under.waitFor(job.id, 'completed', 'failed', 'needs_attention');
  expect(ended).toMatchObject({ status: 'completed', counts: { created: emails.length } });

  const audit = await under.db.prisma.auditEntry.findMany({
    where: { jobId: job.id },
    orderBy: { number: 'asc' },
  });
  expect(audit.map(({ action }) => action)).toEqual(sent.map(({ action }) => action));
  for (const [at, { id }] of sent.entries()) if (id !== undefined) expect(audit[at]?.id).toBe(id);
  expect(runs).toBeGreaterThan(10);
  expect(await countRuns(job)).toBeGreaterThan(10);
  const { rows } = await under.db.pool.query<{ once: boolean }>(
    'SELECT bool_and(version = 1 AND last_change = $1) AS once FROM customers',
    [job.id],
  );
  expect(rows).toEqual([{ once: true }]);
  await under.expectInvariants();
}, 240_000);

/** Waits until the present run has almost as many events as it may have, by a random measure. */
async function nearTheEndOfARun(
  handle: WorkflowHandle,
  random: () => number,
  isEnough: () => Promise<boolean>,
): Promise<void> {
  const events = MAX_EVENTS * (0.7 + 0.35 * random());
  await until(async () => {
    const { historyLength } = await handle.describe();
    return historyLength >= events || (await isEnough());
  });
}

async function countActions(job: Job): Promise<number> {
  return await under.db.prisma.auditEntry.count({ where: { jobId: job.id } });
}

async function countRuns(job: Job): Promise<number> {
  let runs = 0;
  for await (const run of temporal.workflow.list({ query: `WorkflowId = '${jobWorkflowId(job)}'` })) {
    if (run.status.name === 'CONTINUED_AS_NEW') runs += 1;
  }
  return runs;
}
