import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Client } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Job } from '../../contracts/http/job.ts';
import type { Recovery } from '../../contracts/http/recovery.ts';
import { jobWorkflowId } from '../../contracts/temporal/ids.ts';
import { TASK_QUEUES } from '../../contracts/temporal/queues.ts';
import { createTemporalClient } from '../../platform/temporal-connection.ts';
import { createLocalFolderStorage } from '../../adapters/storage/local-folder.ts';
import { checkInvariants } from '../../scripts/invariants/index.ts';
import { nothingStuck } from '../../scripts/invariants/nothing-stuck.ts';
import { SERVICES } from '../../scripts/stack/services.ts';
import { csv } from '../support/csv.ts';
import { holdCustomers, waitingConnections } from '../support/hold.ts';
import { type StackUnderTest, startStackUnderTest } from '../support/stack-under-test.ts';
import { until } from '../support/until.ts';

/** Workflow code is deployed that takes other decisions than the code with which an import began. */
Runtime.install({
  logger: new DefaultLogger('ERROR', () => undefined),
  shutdownSignals: [],
  // The failures are meant.
  telemetryOptions: { logging: { filter: 'OFF' } },
});

let under: StackUnderTest;
let temporal: Client;
let connection: NativeConnection;

beforeAll(async () => {
  under = await startStackUnderTest({
    postgresSettings: { fsync: 'off' },
    // Workflow workers come and go here.
    services: SERVICES.filter(({ id }) => id !== 'workflows'),
    // Housekeeping would let others pass by the one that was stopped.
    env: { IMPORT_CHUNK_ROWS: '4', HOUSEKEEPING_INTERVAL_MS: '3600000' },
  });
  const { temporalAddress, temporalNamespace } = under.stack;
  temporal = createTemporalClient({
    TEMPORAL_ADDRESS: temporalAddress,
    TEMPORAL_NAMESPACE: temporalNamespace,
  });
  connection = await NativeConnection.connect({ address: temporalAddress });
}, 240_000);
afterAll(async () => {
  await temporal.connection.close();
  await connection.close();
  await under.stop();
});

/** Runs a workflow worker with the given code while something is done. */
async function withDeploy<T>(code: string, work: () => Promise<T>): Promise<T> {
  const workflowsPath = fileURLToPath(new URL(code, import.meta.url));
  const worker = await Worker.create({
    connection,
    namespace: under.stack.temporalNamespace,
    taskQueue: TASK_QUEUES.workflows,
    workflowBundle: await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') }),
  });
  return await worker.runUntil(work);
}

const RELEASED = '../../workflows/index.ts';
const CARELESS = '../support/deploys/careless.ts';
const REPAIRED = '../support/deploys/repaired.ts';

const verb = async (job: Job, name: string): Promise<number> =>
  (await under.send(`/api/jobs/${job.id}/${name}`)).status;

/** Starts an import and catches it in the middle of applying. @returns lets it go */
async function caughtImport(emails: string[]) {
  const release = await holdCustomers(under.db, [emails[0]!, emails[4]!]);
  const job = await post(emails);
  await until(async () => (await waitingConnections(under.db, 'apply-worker')).length === 2);
  return { job, release };
}

const emailsOf = (file: string): string[] =>
  Array.from({ length: 32 }, (_, row) => `${file}${row}@deploy.example`);
const post = (emails: string[]): Promise<Job> =>
  under.post(csv('email,name,company', ...emails.map((email) => `${email},Ann,Acme`)), 'customers');

async function expectCreatedOnce(job: Job, emails: string[]): Promise<void> {
  const { rows } = await under.db.pool.query<{ version: number; change: string }>(
    'SELECT version, last_change AS change FROM customers WHERE email_key = ANY ($1)',
    [emails],
  );
  expect(rows).toEqual(emails.map(() => ({ version: 1, change: job.id })));
}

test('an import that a bad deploy has stopped is seen, loses nothing, and goes on once the change is patched', async () => {
  const emails = emailsOf('a');
  const { job, release } = await withDeploy(RELEASED, () => caughtImport(emails));
  const handle = temporal.workflow.getHandle(jobWorkflowId(job));

  const newer = emailsOf('n');
  const begun = await withDeploy(CARELESS, async () => {
    await release();
    // Its task fails, again and again; the workflow does not.
    await until(async () => ((await handle.describe()).raw.pendingWorkflowTask?.attempt ?? 0) > 3);
    expect((await handle.describe()).status.name).toBe('RUNNING');
    const { events } = await handle.fetchHistory();
    const failed = events?.flatMap((event) => event.workflowTaskFailedEventAttributes ?? []);
    expect(failed?.at(-1)?.failure?.message).toMatch(/nondeterminism/i);
    const broken = await nothingStuck.check({
      db: under.db,
      temporal,
      storage: createLocalFolderStorage(''),
    });
    expect(broken).toEqual([
      expect.stringMatching(new RegExp(`^${jobWorkflowId(job)}: its workflow task failed \\d+ times$`)),
    ]);
    const shown = (await (await under.get(`/api/jobs/${job.id}`)).json()) as Job;
    expect(shown.status).toBe('processing');
    // What was under way has ended, and nothing new begins.
    expect(shown.counts).toMatchObject({ created: 8, pending: 24 });
    // What an operator asks for meanwhile waits.
    expect([await verb(job, 'pause'), await verb(job, 'resume')]).toEqual([202, 200]);
    await handle.signal('resume');
    const { retrying } = (await (await under.get(`/api/jobs/${job.id}/recovery`)).json()) as Recovery;
    expect(retrying).toEqual([expect.objectContaining({ step: 'workflow' })]);
    // One that begins now knows no other code. It waits for its turn behind the one that was stopped.
    const waiting = await post(newer);
    await until(async () => {
      const { waitingFor } = (await (await under.get(`/api/jobs/${waiting.id}`)).json()) as Job;
      return waitingFor === job.id;
    });
    return waiting;
  });

  await withDeploy(REPAIRED, async () => {
    // What began on the bad code itself has no mark of the patch: its job is reset. It goes first: the other one was paused,
    // so what that does counts as later.
    expect(await verb(begun, 'reset')).toBe(200);
    expect(await under.waitFor(begun.id, 'completed', 'needs_attention')).toMatchObject({
      status: 'completed',
      counts: { created: 32 },
    });
    await expectCreatedOnce(begun, newer);

    const ended = await under.waitFor(job.id, 'completed', 'failed', 'needs_attention');
    expect(ended).toMatchObject({ status: 'completed', counts: { created: 32 } });
    await expectCreatedOnce(job, emails);
    const actions = await under.db.prisma.auditEntry.findMany({ where: { jobId: job.id } });
    expect(actions.map(({ action }) => action).sort()).toEqual(['pause', 'resume']);

    // Those that begin now take the new way.
    const next = await post(emailsOf('b'));
    await under.waitFor(next.id, 'completed');
    const { events } = await temporal.workflow.getHandle(jobWorkflowId(next)).fetchHistory();
    expect(events?.some(({ timerStartedEventAttributes: timer }) => timer != null)).toBe(true);

    const storage = createLocalFolderStorage(join(under.folder, 'data', 'files'));
    const reports = await checkInvariants({ db: under.db, temporal, storage });
    const broken = reports.flatMap((rule) => rule.broken.map((what) => `${rule.id} ${what.split(' ')[0]!}`));
    // The rules look at the code of this checkout, on which what began on the other code does not replay.
    const ofOtherCode = [begun, next].map((one) => `I6 ${jobWorkflowId(one)}`);
    expect([...new Set(broken)].sort()).toEqual(ofOtherCode.sort());
  });
}, 400_000);
